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
        {
            return [new DialectCase("applies", DialectOutcome.Fail) { Rule = s_apply, Message = entry.Refused }];
        }

        if (entry.Errors.Count > 0)
        {
            return
            [
                new DialectCase("compiles", DialectOutcome.Fail)
                {
                    Rule = s_compile,
                    Message = entry.Errors[0],
                    Detail = string.Join('\n', entry.Errors),
                    File = file,
                    Line = line,
                },
            ];
        }

        if (entry.Reviewed is not { } reviewed)
            return [new DialectCase("searches", DialectOutcome.Skip) { Message = "not searched" }];
        if (entry.Findings.Count == 0)
        {
            return reviewed.Effort.IsCut
                ? [new DialectCase("searches", DialectOutcome.Skip) { Message = "ended early" }]
                : [new DialectCase("searches", DialectOutcome.Pass)];
        }

        return
        [
            .. entry
                .Findings.Where(f => !f.IsSymptom)
                .Select(f => new DialectCase(f.Title, DialectOutcome.Fail)
                {
                    Rule = RuleOf(f),
                    Message = f.Title,
                    Detail = $"{f.Detail.TrimEnd('\n')}\n{f.Replay}",
                    File = file,
                    Line = line,
                }),
        ];
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
