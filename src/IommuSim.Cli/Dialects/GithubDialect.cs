namespace IommuSim.Cli.Dialects;

/// <summary>
/// Workflow commands of GitHub Actions: what fails becomes an annotation of the change, and a case that was skipped a
/// notice. GitHub shows ten of each for a step, and the log has them all.
/// </summary>
internal static class GithubDialect
{
    public static void Write(DialectReport report, TextWriter output)
    {
        foreach (var suite in report.Suites)
        {
            foreach (var @case in suite.Cases.Where(c => c.Outcome != DialectOutcome.Pass))
                WriteCommand(suite, @case, output);
        }

        var cases = report.Cases.ToArray();
        var failed = cases.Count(c => c.Outcome == DialectOutcome.Fail);
        var skipped = cases.Count(c => c.Outcome == DialectOutcome.Skip);
        output.Write($"{cases.Length - failed - skipped} passed, {failed} failed, {skipped} skipped\n");
    }

    private static void WriteCommand(DialectSuite suite, DialectCase @case, TextWriter output)
    {
        var level = @case.Outcome == DialectOutcome.Fail ? "error" : "notice";
        var file = @case.File is null ? "" : $"file={Property(@case.File)},";
        var line = @case.Line is null ? "" : $"line={@case.Line},";
        var title = Property($"{suite.Name}: {@case.Name}");
        var message = Data(string.Join('\n', @case.Explanation.Prepend(@case.Message)));
        output.Write($"::{level} {file}{line}title={title}::{message}\n");
    }

    /// <summary>The percent sign first: it begins what the others become.</summary>
    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal)
            .Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal);

    /// <summary>A property also ends at a colon or a comma.</summary>
    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
