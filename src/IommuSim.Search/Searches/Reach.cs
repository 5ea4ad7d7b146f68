using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// What the calls of a search came to: how often each one succeeded, and with which errno it failed. A call that
/// hardly ever succeeds tests nothing that comes after it, so the draws are judged by this table.
/// </summary>
internal sealed class Reach
{
    private readonly Dictionary<(string Call, Errno Errno), long> _counts = [];

    /// <summary>The counts of several.</summary>
    internal static Reach Of(IEnumerable<Reach> parts)
    {
        var sum = new Reach();
        foreach (var (key, count) in parts.SelectMany(p => p._counts))
            CollectionsMarshal.GetValueRefOrAddDefault(sum._counts, key, out _) += count;
        return sum;
    }

    internal void Count(string call, SyscallResult result) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, (call, result.Errno), out _)++;

    /// <summary>
    /// A row for each call that was made and for each ioctl of the kernel, by name. What is documented is what Linux
    /// 7.3 returns: an older kernel has less.
    /// </summary>
    public ImmutableArray<ReachRow> RowsOf(SearchTarget target)
    {
        var names = _counts.Keys.Select(k => k.Call).Concat(target.Plans.Keys).Distinct(StringComparer.Ordinal);
        return [.. names.Order(StringComparer.Ordinal).Select(n => RowOf(n, target.Plans.GetValueOrDefault(n)))];
    }

    /// <summary>The errnos that Linux 7.3 documents for a modelled ioctl; none for another one.</summary>
    public static ImmutableArray<Errno> Documented(string ioctl) =>
        IoctlTopics.Contracts.Of(ioctl).Errnos is { IsEmpty: false } own
            ? [.. own.Union([Errno.EFAULT, Errno.EINVAL, Errno.E2BIG])]
            : [];

    /// <summary>Every ioctl checks the place and the size of its struct.</summary>
    private static IEnumerable<Errno> DocumentedOf(string call, IoctlPlan? plan)
    {
        var own = IoctlTopics.Contracts.Of(call).Errnos;
        if (plan is null)
            return own;
        Errno[] any = plan.IsOfContainer ? [Errno.EFAULT, Errno.EINVAL] : [Errno.EFAULT, Errno.EINVAL, Errno.E2BIG];
        return plan.IsModelled ? own.Union(any) : any;
    }

    private ReachRow RowOf(string call, IoctlPlan? plan)
    {
        var seen = _counts.Where(c => c.Key.Call == call).ToDictionary(c => c.Key.Errno, c => c.Value);
        return new ReachRow(
            call,
            seen.GetValueOrDefault(Errno.OK),
            [
                .. seen.Where(s => s.Key != Errno.OK)
                    .OrderByDescending(s => s.Value)
                    .ThenBy(s => s.Key)
                    .Select(s => (s.Key, s.Value)),
            ],
            [.. DocumentedOf(call, plan).Where(errno => !seen.ContainsKey(errno))],
            plan?.Support ?? Support.Full
        );
    }
}

/// <summary>One call of a search.</summary>
/// <param name="Call">The C name of an ioctl, the word for anything else.</param>
/// <param name="Successes">How often it succeeded.</param>
/// <param name="Failures">The errnos with which it failed and how often, the most frequent first.</param>
/// <param name="NeverSeen">Documented errnos that it never had.</param>
/// <param name="Support">How far an ioctl is modelled; all else is whole.</param>
internal sealed record ReachRow(
    string Call,
    long Successes,
    ImmutableArray<(Errno Errno, long Count)> Failures,
    ImmutableArray<Errno> NeverSeen,
    Support Support
)
{
    public long Calls => Successes + Failures.Sum(f => f.Count);

    /// <summary>Of all calls, from 0 to 100.</summary>
    public double SuccessPercent => Calls == 0 ? 0 : 100.0 * Successes / Calls;
}
