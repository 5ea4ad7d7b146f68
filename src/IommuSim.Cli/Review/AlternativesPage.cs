using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Review;

/// <summary>The section of a review that has a column for each alternative.</summary>
internal static class AlternativesPage
{
    public const string Title = "Where the alternatives answer differently";

    /// <summary>What was put to whom, and how to read the answers.</summary>
    public static string Asked(Alternatives alternatives)
    {
        var asked =
            $"{alternatives.Questions} questions of 'iommusim compare' and {alternatives.Scenarios} scenarios were put "
            + $"to {string.Join(", ", alternatives.Kernels)}.";
        return alternatives.Rows.Count == 0
            ? $"Nowhere: {asked}"
            : $"{asked} Of 'compare': does GET_HW_INFO advertise the type (yes, no, - no list, ? the call failed), "
                + "and what HWPT_ALLOC returns; * where no parent could be had. Of a scenario: the first step that "
                + "differs, by its line.";
    }

    public static void AddTo(Page page, Alternatives alternatives)
    {
        page.Title(Title);
        if (alternatives.Rows.Count == 0)
        {
            page.Text(Asked(alternatives), Tone.Good);
            return;
        }

        var tags = new ReportTags(alternatives.Rows.SelectMany(r => r.Answers.SelectMany(a => a.Reports)));
        page.Table(Matrix(alternatives, tags));
        var legend = new PageTable("tag", "report") { Prose = [1] };
        foreach (var (tag, title) in tags.Legend)
            legend.Add(new Cell(tag, Tone.Bad), title);
        page.Table(legend);
        page.Text(Asked(alternatives));
    }

    private static PageTable Matrix(Alternatives alternatives, ReportTags tags)
    {
        var table = new PageTable(["", .. alternatives.Kernels]) { IsMatrix = true };
        var of = "";
        foreach (var row in alternatives.Rows)
        {
            if (row.Of != of)
            {
                of = row.Of;
                var more = row.More == 0 ? "" : $" and {row.More} more";
                table.Add([new Cell(of + more, Tone.Strong), .. row.Answers.Select(_ => new Cell(""))]);
            }

            table.Add([$"  {row.Question}", .. row.Answers.Select(answer => CellOf(answer, tags))]);
        }

        return table;
    }

    private static Cell CellOf(AlternativeAnswer answer, ReportTags tags) =>
        answer.Reports.Count == 0 ? answer.Text : new Cell($"{answer.Text}\n    {tags.Of(answer.Reports)}", Tone.Bad);
}
