namespace IommuSim.Scenarios.Language;

/// <summary>
/// Turns the text of a scenario into its tree. It knows the form of the language only: whether a
/// kernel, verb, field or errno exists is for a later pass, which reports through the same
/// <see cref="SourceText"/>.
/// </summary>
internal static class ScenarioParser
{
    /// <summary>
    /// Parses a whole file. After an error the rest of that line is given up and the next one is
    /// read as usual, so that one run shows all errors. No text makes it throw.
    /// </summary>
    public static ScenarioParseResult Parse(string fileName, string text)
    {
        var source = new SourceText(fileName, text);
        var sink = new DiagnosticSink(source);
        var headers = new HeaderSection(source, sink);
        var afterHeaders = headers.Read();
        var section = new StepSection(source, sink);
        Scenario? scenario = headers.Finish(section.Read(afterHeaders));
        if (scenario is not null)
            scenario = scenario with { Clauses = section.Clauses };
        return new ScenarioParseResult(source, scenario, sink.ToList());
    }

    /// <summary>Whether a line holds nothing but blanks and a comment.</summary>
    internal static bool IsEmpty(string line)
    {
        ReadOnlySpan<char> rest = line.AsSpan().TrimStart(" \t");
        return rest.IsEmpty || rest[0] == '#';
    }
}

/// <summary>What became of a file: a scenario, or the errors that keep it from being one.</summary>
/// <param name="Source">The file, for later passes to report against.</param>
/// <param name="Scenario">Null exactly when there are diagnostics.</param>
/// <param name="Diagnostics">All errors of the file, in the order of their places.</param>
internal sealed record ScenarioParseResult(
    SourceText Source,
    Scenario? Scenario,
    IReadOnlyList<Diagnostic> Diagnostics
);
