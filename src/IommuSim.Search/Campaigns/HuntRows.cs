using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Campaigns;

/// <summary>
/// A campaign of <c>hunt</c>: its items are kernels, whose rows do not depend on each other. Findings are what makes a
/// hunt fail: bugs that were not found, and false alarms.
/// </summary>
internal sealed class HuntRows : ICampaign
{
    private readonly KernelNode[] _nodes;
    private readonly ulong _seed;

    public HuntRows(KernelNode[] nodes, KernelCatalog catalog, ulong seed, string tool)
    {
        (_nodes, _seed) = (nodes, seed);
        var budget = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["bugTurns"] = Turns.BugTurns,
            ["soundTurns"] = Turns.SoundTurns,
            ["unknownTurns"] = Turns.UnknownTurns,
        };
        CampaignInput[] inputs = [.. nodes.Select(n => CampaignHashes.OfKernel(n, catalog))];
        string[] columns = ["kernel", "what fired", "needed", "sequences", "schedules", "replay"];
        Head = new CampaignHead("hunt", tool, inputs, seed, budget, columns, nodes.Length);
    }

    public CampaignHead Head { get; }

    private static Hunt Turns { get; } = new(0, static _ => true);

    public CampaignItem? Run(int item, IReadOnlySet<string> known, Func<bool> goOn)
    {
        var row = new Hunt(_seed, _ => goOn()).Run([_nodes[item]])[0];
        if (row.Cut)
            return null;
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["bugs"] = row.IsBug ? 1 : 0,
            ["bugs found"] = row.Found ? 1 : 0,
            ["sequences"] = row.Effort.Sequences,
            ["runs"] = row.Effort.Runs,
            ["schedules"] = row.Effort.Schedules,
        };
        string[] cells =
        [
            row.Kernel,
            row.Finding?.Title ?? (row.IsBug ? "NOT FOUND" : "nothing"),
            row.Finding is null ? "-" : Number(row.Needed),
            Number(row.Effort.Sequences),
            Number(row.Effort.Schedules),
            row.Finding?.Replay ?? "-",
        ];
        return new CampaignItem(item, row.Kernel, counts, cells, [.. FindingsOf(row, known)], []);
    }

    private IEnumerable<CampaignFinding> FindingsOf(HuntRow row, IReadOnlySet<string> known)
    {
        if (row.IsBug && row.Finding is null)
        {
            yield return new CampaignFinding(
                $"{row.Kernel}: not found",
                1,
                FormattableString.Invariant($"iommusim hunt --kernel {row.Kernel} --seed {_seed}"),
                new CampaignEvidence("no search found the bug in all turns")
            );
        }

        if (row.FalseAlarm is not { } alarm)
            yield break;
        var signature = $"false alarm: {alarm.Title}";
        yield return new CampaignFinding(
            signature,
            1,
            $"iommusim hunt --kernel {row.Kernel} --replay {alarm.Replay}",
            known.Contains(signature)
                ? null
                : new CampaignEvidence(row.IsBug ? "the kernel without the bug shows it too" : row.Finding!.Detail)
        );
    }

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);
}
