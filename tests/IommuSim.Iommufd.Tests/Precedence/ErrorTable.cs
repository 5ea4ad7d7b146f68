using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>
/// The causes for which one ioctl of one kernel fails, the winner of any two first.
/// </summary>
/// <param name="Name">Ioctl, and what the well-formed request is about.</param>
/// <param name="Kernels">Kernels that answer by this table, separated by blanks.</param>
/// <param name="WellFormed">The request that fails for none of them.</param>
/// <param name="Causes">In order of precedence, without those of the dispatcher.</param>
internal sealed record ErrorTable(string Name, string Kernels, Func<Situation, Request> WellFormed, Cause[] Causes)
{
    private static readonly Cause[] s_dispatcher =
    [
        new("null pointer", Errno.EFAULT, "place", s => s.PlaceNowhere()),
        new("short size", Errno.EINVAL, "size", s => s.Set("size", 7)),
        new("non-zero tail", Errno.E2BIG, "size", s => s.Request.WithTail(0, 0, 1)),
    ];

    /// <summary>The task dies of the well-formed request, with these titles.</summary>
    public string[] Reports { get; init; } = [];

    public IReadOnlyList<Cause> All { get; } = [.. s_dispatcher, .. Causes];

    public Cause Find(string cause) => All.First(c => c.Name == cause);

    /// <summary>Every two causes that can be given at once, the winner first.</summary>
    public IEnumerable<(Cause Winner, Cause Loser)> Pairs() =>
        from winner in Enumerable.Range(0, All.Count)
        from loser in Enumerable.Range(winner + 1, All.Count - winner - 1)
        where All[winner].IsCompatibleWith(All[loser])
        select (All[winner], All[loser]);
}
