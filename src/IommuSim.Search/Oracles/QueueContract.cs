using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>What the descriptors of queues return, by the models of what is in them.</summary>
internal static class QueueContract
{
    /// <summary>Of a longer read or write the rest is cut off.</summary>
    private const ulong MaxTransfer = 0x7ffff000;

    public static Expectation Expect(PreparedCall made, ModelObject queue, SearchMemory memory)
    {
        var count = Math.Min(made.Count, MaxTransfer);
        return (made.Call.Kind, queue) switch
        {
            (CallKind.Poll, _) => Expectation.Of(Errno.OK, "poll always returns"),
            (CallKind.Read, { Faults: { } faults }) => faults.ExpectRead(count, RoomOf(made)),
            (CallKind.Read, { Events: { } events }) => events.ExpectRead(count, RoomOf(made)),
            (CallKind.Write, { Faults: { } faults }) => faults.ExpectWrite(made, count, RoomOf(made), memory),
            (CallKind.Write, _) => Expectation.Of(Errno.EINVAL, "events are not answered"),
            _ => Expectation.None,
        };
    }

    /// <summary>Takes over a success; returns what is wrong with what it returned, or null.</summary>
    /// <param name="isWhole">No failure was injected.</param>
    public static string? Apply(PreparedCall made, ModelObject queue, bool isWhole, SearchMemory memory) =>
        (made.Call.Kind, queue) switch
        {
            (CallKind.Poll, _) => Poll(made, queue),
            (CallKind.Read, { Faults: { } faults }) => faults.Read(made, RoomOf(made), isWhole, memory),
            (CallKind.Read, { Events: { } events }) => events.Read(made, RoomOf(made), isWhole, memory),
            (CallKind.Write, { Faults: { } faults }) => faults.Write(made, RoomOf(made), isWhole, memory),
            _ => null,
        };

    /// <summary>What of a queue is not as its model says, or null; seen from inside.</summary>
    public static string? Compare(EventQueue inside, ModelObject queue)
    {
        if (inside is FaultQueue faults && queue.Faults is { } model)
        {
            if (faults.Undelivered.Count != model.Unread)
                return "I15: other faults wait to be read than were raised";
            for (uint cookie = 0; cookie <= faults.Unanswered.LastUsed; cookie++)
            {
                if (faults.Unanswered.Find(cookie) is not null != model.IsUnanswered(cookie))
                    return "I15: other faults wait for a response than were read and not answered";
            }
        }

        return inside is VeventQueue events && events.Undelivered.Count != queue.Events?.Waiting
            ? "I16: other events wait to be read than were reported"
            : null;
    }

    private static string? Poll(PreparedCall made, ModelObject queue)
    {
        const uint Readable = PollMask.EPOLLIN | PollMask.EPOLLRDNORM;
        var isReadable = queue.Faults?.HasUnread ?? queue.Events!.HasEvents;
        var mask = (isReadable ? Readable : 0) | (queue.Faults is not null ? PollMask.EPOLLOUT : 0);
        return made.PollMask == mask ? null : "tells other than what can be read and written";
    }

    /// <summary>Bytes of the buffer that the kernel can use: nothing is mapped behind it.</summary>
    private static ulong RoomOf(PreparedCall made)
    {
        foreach (var (name, value) in made.Call.Fields)
        {
            if (name == Call.Buffer && value.Memory is { } memory)
                return CanUse(memory.Access, made.Call.Kind) ? memory.Size : 0;
        }

        return 0;
    }

    private static bool CanUse(PageAccess access, CallKind kind) =>
        access == PageAccess.ReadWrite || (access == PageAccess.ReadOnly && kind == CallKind.Write);
}
