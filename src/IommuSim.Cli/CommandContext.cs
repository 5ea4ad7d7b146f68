using IommuSim.Cli.Dialects;
using IommuSim.Cli.Rendering;

namespace IommuSim.Cli;

/// <summary>Where a command writes, and how.</summary>
internal sealed record CommandContext(TextWriter Output, TextWriter Error, ConsoleSettings Settings)
{
    /// <summary>
    /// The words behind the first <c>--</c> of <c>exec</c>: a program and its arguments, which are not ours
    /// to read.
    /// </summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>
    /// Writes one answer in the format that the user chose; only that one is made. A command that offers dialects has a
    /// report for them.
    /// </summary>
    public void Write(Format format, Func<Page> page, Func<string> json, Func<DialectReport>? report = null)
    {
        switch (format)
        {
            case Format.Json:
                Output.Write(json() + "\n");
                break;
            case Format.Markdown:
                MarkdownPage.Write(page(), Output);
                break;
            case Format.Ktap or Format.Junit or Format.Sarif or Format.Github:
                Dialect.Write(format, report!(), Output);
                break;
            default:
                TextPage.Write(page(), Output, Settings);
                break;
        }
    }
}

/// <summary>The value of <c>--format</c>.</summary>
internal enum Format
{
    Text,
    Json,
    Markdown,
    Ktap,
    Junit,
    Sarif,
    Github,
}
