using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.Invariants;

/// <summary>I16: a read gives whole events, and says why when it gives none although some wait.</summary>
internal static class ReadRules
{
    private static readonly ulong s_header = (ulong)Unsafe.SizeOf<VeventHeader>();
    private static readonly ulong s_data = (ulong)Unsafe.SizeOf<ViommuEventSelftest>();

    public static void Check(PreparedCall made, StepOutcome outcome, SequenceMachine machine, List<Violation> found)
    {
        if (!outcome.Result.Succeeded || machine.Kernel.QueueOf(made.Descriptor) is not VeventQueue queue)
            return;
        if (made.Moved == 0 && made.Count >= s_header && queue.HasEvents)
            found.Add(new Violation("I16", "a read tells of no event although some wait"));
        if (!IsWhole(made, machine.Memory))
            found.Add(new Violation("I16", "a read ends in the middle of an event"));
    }

    private static bool IsWhole(PreparedCall made, SearchMemory memory)
    {
        // The look is no work of the kernel's.
        (memory.AccessBound, memory.ByteBound) = (0, 0);
        ulong at = 0;
        while (at + s_header <= made.Moved)
        {
            VeventHeader header = default;
            memory.Read(made.Buffer + at, MemoryMarshal.AsBytes(new Span<VeventHeader>(ref header)));
            var isLoss = (header.Flags & VeventqConstants.IOMMU_VEVENTQ_FLAG_LOST_EVENTS) != 0;
            at += s_header + (isLoss ? 0 : s_data);
        }

        return at == made.Moved;
    }
}
