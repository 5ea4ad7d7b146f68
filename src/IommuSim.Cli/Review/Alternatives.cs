using System.Globalization;
using IommuSim.Cli.Commands;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;

namespace IommuSim.Cli.Review;

/// <summary>Where kernels answer differently: to the questions of <c>compare</c>, and to steps of scenarios.</summary>
/// <param name="Kernels">The columns, by name.</param>
/// <param name="Scenarios">How many were run on all of them.</param>
/// <param name="Questions">How many questions of <c>compare</c> were put to all of them.</param>
/// <param name="Rows">Those that differ; of a scenario the first step, for others follow from it.</param>
internal sealed record Alternatives(
    IReadOnlyList<string> Kernels,
    int Scenarios,
    int Questions,
    IReadOnlyList<AlternativeRow> Rows
)
{
    /// <summary>Puts the questions to all kernels, and runs the scenarios on them.</summary>
    public static Alternatives Of(
        IReadOnlyList<(string Name, SearchTarget Target)> kernels,
        IReadOnlyList<BoundScenario> scenarios
    )
    {
        var catalog = kernels[0].Target.Catalog;
        ComparedKernel[] compared = [.. kernels.Select(k => new ComparedKernel(k.Name, k.Target.Node, []))];
        var asked = ComparisonRows.For(catalog, compared, KernelComparison.DefaultDrivers);
        var matrix = KernelComparison.Run(catalog, [.. compared], asked).OfPresentDrivers();
        BoundScenario[] run =
        [
            .. scenarios.Where(s => !s.IsExploration && kernels.All(k => s.RefusalOf(k.Target.Node, catalog) is null)),
        ];
        var first = run.Select(scenario => FirstStep(scenario, kernels)).OfType<AlternativeRow>();
        var steps = first
            .GroupBy(
                row => $"{row.Question[row.Question.IndexOf(' ', StringComparison.Ordinal)..]} {row.Key}",
                StringComparer.Ordinal
            )
            .Select(like => like.First() with { More = like.Count() - 1 });
        return new Alternatives(
            [.. kernels.Select(k => k.Name)],
            run.Length,
            matrix.Rows.Length + matrix.Rows.DistinctBy(r => r.Driver, StringComparer.Ordinal).Count(),
            [.. Questioned(matrix).Concat(steps)]
        );
    }

    private static IEnumerable<AlternativeRow> Questioned(ComparisonMatrix matrix)
    {
        for (var r = 0; r < matrix.Rows.Length; r++)
        {
            var (row, cells) = (matrix.Rows[r], matrix.Cells[r]);
            var info = new AlternativeRow(
                row.Driver,
                "GET_HW_INFO",
                [
                    .. cells.Select(c => new AlternativeAnswer(
                        CompareText.Words(c.HwInfo),
                        c.HwInfo?.Call?.Reports ?? []
                    )),
                ]
            );
            if ((r == 0 || matrix.Rows[r - 1].Driver != row.Driver) && info.Differs)
                yield return info;
            var alloc = new AlternativeRow(
                row.Driver,
                ComparePage.Label(row),
                [.. cells.Select(c => new AlternativeAnswer(CompareText.Words(row, c), c.Alloc?.Call.Reports ?? []))]
            );
            if (alloc.Differs)
                yield return alloc;
        }
    }

    private static AlternativeRow? FirstStep(
        BoundScenario scenario,
        IReadOnlyList<(string Name, SearchTarget Target)> kernels
    )
    {
        ScenarioRun[] runs =
        [
            .. kernels.Select(k =>
                ScenarioRunner.Run(
                    scenario,
                    k.Target.Node,
                    k.Target.Catalog,
                    new RunOptions(Build: scenario.BuildFor(k.Target.Node))
                )
            ),
        ];
        for (var i = 0; i < runs.Max(run => run.Steps.Count); i++)
        {
            StepRun?[] steps = [.. runs.Select(run => i < run.Steps.Count ? run.Steps[i] : null)];
            var syntax = steps.First(step => step is not null)!.Syntax;
            var question = string.Create(CultureInfo.InvariantCulture, $"{syntax.Span.Line}: {syntax.Verb.Text}");
            var row = new AlternativeRow(
                scenario.Name,
                question,
                [.. steps.Select(s => new AlternativeAnswer(s is null ? "" : $"{s.Result}", s?.Reports ?? []))]
            );
            if (row.Differs)
                return row;
            if (steps.DistinctBy(step => step?.Holds).Count() > 1)
                return row with { Answers = [.. steps.Select(s => Verdict(s?.Holds != false))] };
        }

        return runs.DistinctBy(run => run.Holds).Count() == 1
            ? null
            : new AlternativeRow(scenario.Name, "at the end", [.. runs.Select(run => Verdict(run.Holds))]);
    }

    private static AlternativeAnswer Verdict(bool holds) => new(holds ? "as stated" : "not as stated", []);
}

/// <summary>A question to which not all kernels answer the same.</summary>
/// <param name="Of">The driver whose device is asked, or the scenario.</param>
/// <param name="Question">As <c>compare</c> writes it; of a scenario the step, with its line.</param>
/// <param name="Answers">By kernel.</param>
internal sealed record AlternativeRow(string Of, string Question, IReadOnlyList<AlternativeAnswer> Answers)
{
    /// <summary>Further scenarios in which the same call differs in the same way.</summary>
    public int More { get; init; }

    public bool Differs => Answers.DistinctBy(answer => answer.Key, StringComparer.Ordinal).Count() > 1;

    /// <summary>The same for the same answers.</summary>
    public string Key => string.Join('\n', Answers.Select(answer => answer.Key));
}

/// <summary>What one kernel answers.</summary>
/// <param name="Text">As <c>compare</c> writes it.</param>
internal sealed record AlternativeAnswer(string Text, IReadOnlyList<KernelReport> Reports)
{
    public string Key => $"{Text} {string.Join(' ', Reports.Select(r => r.Title))}";
}
