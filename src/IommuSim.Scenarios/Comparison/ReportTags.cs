using IommuSim.Machine.Reports;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// A short word for each report title, for cells that have no room for it: what kind it is,
/// numbered where several functions provoke the same kind.
/// </summary>
internal sealed class ReportTags
{
    private readonly Dictionary<string, string> _tagOf = new(StringComparer.Ordinal);

    public ReportTags(IEnumerable<KernelReport> reports)
    {
        var titles = reports.DistinctBy(r => r.Title, StringComparer.Ordinal).ToArray();
        foreach (var kind in titles.GroupBy(r => Word(r.Kind), StringComparer.Ordinal))
        {
            var number = 0;
            var single = kind.Count() == 1;
            foreach (var report in kind)
                _tagOf[report.Title] = single ? kind.Key : $"{kind.Key}{++number}";
        }
    }

    /// <summary>Tags and titles in the order of first appearance within each kind.</summary>
    public IEnumerable<(string Tag, string Title)> Legend => _tagOf.Select(pair => (pair.Value, pair.Key));

    /// <summary>The tags of these reports, each once, parted by blanks.</summary>
    public string Of(IEnumerable<KernelReport> reports) =>
        string.Join(' ', reports.Select(r => _tagOf[r.Title]).Distinct(StringComparer.Ordinal));

    private static string Word(ReportKind kind) =>
        kind switch
        {
            ReportKind.GlobalOutOfBounds or ReportKind.SlabOutOfBounds or ReportKind.StackOutOfBounds => "oob",
            ReportKind.UseAfterFree => "uaf",
            ReportKind.DoubleFree or ReportKind.InvalidFree => "free",
            ReportKind.ShiftOutOfBounds => "shift",
            ReportKind.UninitializedValue or ReportKind.InfoLeak => "unset",
            ReportKind.NullDereference => "null",
            ReportKind.PageFault or ReportKind.DivideError or ReportKind.Panic => "fault",
            ReportKind.Warning => "warn",
            ReportKind.RecursiveLocking
            or ReportKind.CircularLocking
            or ReportKind.LockHeldAtReturn
            or ReportKind.NonStaticKey
            or ReportKind.SleepInAtomic
            or ReportKind.HungTask => "lock",
            ReportKind.MemoryLeak => "leak",
            ReportKind.ListCorruption => "list",
            ReportKind.DataRace => "race",
            _ => "ref",
        };
}
