namespace IommuSim.Cli;

/// <summary>The value of <c>--format</c>.</summary>
internal enum Format
{
    Text,
    Json,
    Markdown,
}
