namespace IommuSim.Benchmarks.Report;

/// <summary>
/// The page that the report is part of. What stands between <c>&lt;!-- begin NAME --&gt;</c> and
/// <c>&lt;!-- end NAME --&gt;</c> is measured, the rest is written.
/// </summary>
public static class ReportFile
{
    /// <summary>The page with one part replaced; throws when the page has no such part.</summary>
    public static string Replace(string page, string name, string content)
    {
        var (begin, end) = ($"<!-- begin {name} -->\n", $"<!-- end {name} -->");
        var from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = page.IndexOf(end, StringComparison.Ordinal);
        if (from < begin.Length || to < from)
            throw new InvalidOperationException($"the page has no part '{name}'");
        return $"{page[..from]}\n{content.TrimEnd()}\n\n{page[to..]}";
    }
}
