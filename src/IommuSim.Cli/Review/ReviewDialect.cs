using System.Globalization;
using IommuSim.Cli.Dialects;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>A review for programs: each commit is a suite, each finding a failed case of it.</summary>
internal static class ReviewDialect
{
    private static readonly DialectRule s_answer = new("review/answer", "A call returns something else than before");
    private static readonly DialectRule s_verdict = new("review/verdict", "A scenario has another verdict than before");
    private static readonly DialectRule s_apply = new("review/apply", "The variant does not apply to its commit");
    private static readonly DialectRule s_compile = new("review/compile", "The commit does not compile");

    private static readonly DialectRule s_selftest = new(
        "review/selftest",
        "A selftest of Linux fails, and did not before"
    );
    private static readonly DialectRule s_uapi = new(
        "review/uapi",
        "Programs that were built before get another struct"
    );

    public static DialectReport Of(ReviewReport report) =>
        new(
            "review",
            [
                .. report.Commits.Select(entry => new DialectSuite(NameOf(entry), CasesOf(entry))),
                .. report.Alternatives is { } alternatives ? [SuiteOf(alternatives)] : Array.Empty<DialectSuite>(),
            ]
        );

    /// <summary>What differs between alternatives is no failure; a case says what each of them answers.</summary>
    private static DialectSuite SuiteOf(Alternatives alternatives) =>
        new(
            "alternatives",
            alternatives.Rows.Count == 0
                ? [new DialectCase("answer the same", DialectOutcome.Pass)]
                :
                [
                    .. alternatives.Rows.Select(row => new DialectCase($"{row.Of}: {row.Question}", DialectOutcome.Pass)
                    {
                        Detail = string.Join(
                            '\n',
                            alternatives.Kernels.Zip(row.Answers, (name, answer) => $"{name}: {answer.Key.TrimEnd()}")
                        ),
                    }),
                ]
        );

    private static string NameOf(ReviewEntry entry) => $"{entry.Name} {entry.Commit.Subject}";

    private static DialectCase[] CasesOf(ReviewEntry entry)
    {
        var (file, line) = PlaceOf(entry);
        if (entry.Refused.Length > 0)
            return [Failed("applies", s_apply, entry.Refused, "")];
        DialectCase[] failed =
        [
            .. entry.Uapi.Where(u => u.Breaks).Select(u => Failed($"uAPI: {u.Text}", s_uapi, u.Text, "")),
            .. entry
                .Findings.Where(f => !f.IsSymptom)
                .Select(f => Failed(f.Title, RuleOf(f), f.Title, $"{f.Detail.TrimEnd('\n')}\n{f.Replay}")),
        ];
        if (entry.Selftests is { Failing: { Count: > 0 } failing })
        {
            const string Fails = "selftests of Linux";
            failed = [.. failed, Failed(Fails, s_selftest, $"{failing[0]} fails", string.Join('\n', failing))];
        }

        if (entry.Errors.Count > 0)
            return [.. failed, Failed("compiles", s_compile, entry.Errors[0], string.Join('\n', entry.Errors))];
        if (entry.Reviewed is not { } reviewed)
            return [.. failed, Skipped("not searched")];
        if (failed.Length > 0)
            return failed;
        return reviewed.Effort.IsCut ? [Skipped("ended early")] : [new DialectCase("searches", DialectOutcome.Pass)];

        DialectCase Failed(string name, DialectRule rule, string message, string detail) =>
            new(name, DialectOutcome.Fail)
            {
                Rule = rule,
                Message = message,
                Detail = detail,
                File = file,
                Line = line,
            };

        static DialectCase Skipped(string why) => new("searches", DialectOutcome.Skip) { Message = why };
    }

    private static DialectRule RuleOf(ReviewFinding finding) =>
        finding.Kind switch
        {
            ReviewKind.Answer => s_answer,
            ReviewKind.Verdict => s_verdict,
            // Before the title stands the call in which something fails.
            ReviewKind.Failure => DialectRule.OfTitle(
                finding.Title[(finding.Title.IndexOf(": ", StringComparison.Ordinal) + 2)..]
            ),
            _ => DialectRule.OfTitle(finding.Title),
        };

    /// <summary>The first place that the commit changes: there a reader begins.</summary>
    private static (string? File, int? Line) PlaceOf(ReviewEntry entry)
    {
        if (entry.Commit.Places is not [var place, ..])
            return (null, null);
        var colon = place.LastIndexOf(':');
        return (place[..colon], int.Parse(place.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }
}
