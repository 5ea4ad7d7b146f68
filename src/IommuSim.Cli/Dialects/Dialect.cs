namespace IommuSim.Cli.Dialects;

/// <summary>
/// The formats that other programs read. A dialect is loaded when it is written, and not before: XML and SARIF would
/// make every command start later.
/// </summary>
internal static class Dialect
{
    /// <summary>Writes a report whole. A format that is no dialect is an <see cref="ArgumentException"/>.</summary>
    public static void Write(Format format, DialectReport report, TextWriter output)
    {
        switch (format)
        {
            case Format.Ktap:
                KtapDialect.Write(report, output);
                break;
            case Format.Junit:
                JunitDialect.Write(report, output);
                break;
            case Format.Sarif:
                SarifDialect.Write(report, output);
                break;
            case Format.Github:
                GithubDialect.Write(report, output);
                break;
            default:
                throw new ArgumentException($"{format} is no dialect", nameof(format));
        }
    }
}
