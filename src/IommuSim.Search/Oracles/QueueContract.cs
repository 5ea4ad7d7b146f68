using System.Runtime.CompilerServices;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>What the descriptors of queues answer, as far as it depends on the call alone.</summary>
internal static class QueueContract
{
    /// <summary>Sequences are short: no kernel hands out as many cookies.</summary>
    private const ulong MaxCookie = 64;

    /// <summary>Of a longer read or write the rest is cut off, which makes it another one.</summary>
    private const ulong MaxTransfer = 0x7ffff000;

    private static readonly ulong s_fault = (ulong)Unsafe.SizeOf<HwptPgfault>();
    private static readonly ulong s_response = (ulong)Unsafe.SizeOf<HwptPageResponse>();
    private static readonly ulong s_header = (ulong)Unsafe.SizeOf<VeventHeader>();

    public static Expectation Expect(PreparedCall made, ModelObject queue) =>
        made.Count > MaxTransfer ? Expectation.None : ExpectWhole(made, queue);

    private static Expectation ExpectWhole(PreparedCall made, ModelObject queue) =>
        (made.Call.Kind, queue.Kind) switch
        {
            (CallKind.Poll, _) => Expectation.Of(Errno.OK, "poll always answers"),
            (CallKind.Read, ObjectKind.FaultQueue) when made.Count % s_fault != 0 => Expectation.Of(
                Errno.ESPIPE,
                "faults are read whole"
            ),
            (CallKind.Read, ObjectKind.Veventq) when made.Count < s_header => Expectation.Of(
                Errno.EINVAL,
                "no event is that short"
            ),
            (CallKind.Write, ObjectKind.Veventq) => Expectation.Of(Errno.EINVAL, "events are not answered"),
            (CallKind.Write, ObjectKind.FaultQueue) => ExpectResponses(made),
            _ => Expectation.None,
        };

    /// <summary>The first answer decides: a mistake behind it is told by the next write.</summary>
    private static Expectation ExpectResponses(PreparedCall made)
    {
        if (made.Count % s_response != 0)
            return Expectation.Of(Errno.ESPIPE, "answers are written whole");
        if (made.Count == 0)
            return Expectation.Of(Errno.OK, "there is nothing to answer");
        if (made.Call.Fields.IsEmpty || made.Call.Fields[0].Value.Memory is not { Layout: not null } memory)
            return Expectation.None;
        if (memory.Access == PageAccess.Absent)
            return Expectation.Of(Errno.EFAULT, "the answers are not there");
        ulong code = 0;
        ulong cookie = 0;
        foreach (var (name, value) in memory.Entries[0])
            (code, cookie) = name == "code" ? (value.Number, cookie) : (code, value.Number);
        if (code > PgfaultConstants.IOMMUFD_PAGE_RESP_INVALID)
            return Expectation.Of(Errno.EINVAL, "there is no such response code");
        return cookie is 0 or > MaxCookie ? Expectation.Of(Errno.EINVAL, "there is no such cookie") : Expectation.None;
    }
}
