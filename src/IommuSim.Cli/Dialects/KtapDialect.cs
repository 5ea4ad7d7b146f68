namespace IommuSim.Cli.Dialects;

/// <summary>
/// The kernel's Test Anything Protocol, version 1: a suite is a test with subtests, as KUnit and kselftest nest them.
/// Documentation/dev-tools/ktap.rst has the grammar.
/// </summary>
internal static class KtapDialect
{
    /// <summary>Four columns, as TAP 14 wants it; KTAP asks for two or more.</summary>
    private const string Indent = "    ";

    public static void Write(DialectReport report, TextWriter output)
    {
        output.Write($"KTAP version 1\n1..{report.Suites.Count}\n");
        for (var i = 0; i < report.Suites.Count; i++)
        {
            var suite = report.Suites[i];
            if (suite.Cases.Count > 0)
                WriteCases(suite, output);
            var reason = suite.Outcome == DialectOutcome.Skip ? "no case was run" : "";
            WriteResult("", i + 1, suite.Name, suite.Outcome, reason, output);
        }

        output.Write($"# {Totals(report)}\n");
    }

    private static void WriteCases(DialectSuite suite, TextWriter output)
    {
        output.Write(
            $"{Indent}KTAP version 1\n{Indent}# Subtest: {Name(suite.Name)}\n{Indent}1..{suite.Cases.Count}\n"
        );
        for (var i = 0; i < suite.Cases.Count; i++)
        {
            // A reader takes diagnostics for those of the next result.
            var @case = suite.Cases[i];
            if (@case.Outcome == DialectOutcome.Fail)
                WriteDiagnostic(@case.Headline, output);
            foreach (var line in @case.Explanation)
                WriteDiagnostic(line, output);
            WriteResult(Indent, i + 1, @case.Name, @case.Outcome, @case.Message, output);
        }
    }

    private static void WriteDiagnostic(string line, TextWriter output) =>
        output.Write(line.Length == 0 ? $"{Indent}#\n" : $"{Indent}# {line}\n");

    private static void WriteResult(
        string indent,
        int number,
        string name,
        DialectOutcome outcome,
        string reason,
        TextWriter output
    )
    {
        var word = outcome == DialectOutcome.Fail ? "not ok" : "ok";
        var directive = outcome == DialectOutcome.Skip ? $" # SKIP {OneLine(reason)}" : "";
        output.Write($"{indent}{word} {number} {Name(name)}{directive}\n");
    }

    /// <summary>A name ends where a '#' begins a directive, and there is no escape.</summary>
    private static string Name(string name) => OneLine(name).Replace('#', '_');

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    /// <summary>The last line of a kselftest.</summary>
    private static string Totals(DialectReport report) =>
        $"Totals: pass:{Count(report, DialectOutcome.Pass)} fail:{Count(report, DialectOutcome.Fail)} "
        + $"xfail:0 xpass:0 skip:{Count(report, DialectOutcome.Skip)} error:0";

    private static int Count(DialectReport report, DialectOutcome outcome) =>
        report.Cases.Count(c => c.Outcome == outcome);
}
