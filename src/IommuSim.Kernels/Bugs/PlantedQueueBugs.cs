using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>Typical mistakes of a patch to PASIDs and queues, of our own making: no kernel had them.</summary>
internal static class PlantedQueueBugs
{
    private const string Source = "planted";

    public static ImmutableArray<KernelBug> All { get; } =
    [
        new(Bug.P10, "pasid-replace-keeps-old", "A replace by a PASID keeps its reference on the old hwpt.", Source),
        new(
            Bug.P11,
            "pasid-detach-leaves-automatic",
            "A detach by a PASID drops the reference on the hwpt and does not destroy an automatic one.",
            Source
        ),
        new(
            Bug.P12,
            "pasid-in-use-is-eexist",
            "An attach by a PASID that is in use returns what the array returns, and not EBUSY.",
            Source
        ),
        new(
            Bug.P13,
            "newest-fault-first",
            "A fault is added to the head of the queue, and a read returns the newest first.",
            Source
        ),
        new(
            Bug.P14,
            "fault-read-twice",
            "A read that fills its buffer puts the last group back: the next read returns it again.",
            Source
        ),
        new(
            Bug.P15,
            "response-to-the-first",
            "A response with a valid cookie goes to the first group that waits for one.",
            Source
        ),
        new(
            Bug.P16,
            "partial-write-counts-the-refused",
            "A write that stops at a wrong response behind a good one counts the wrong one too.",
            Source
        ),
        new(
            Bug.P17,
            "failed-vdevice-keeps-number",
            "A vDEVICE whose allocation fails keeps its number in the table of the vIOMMU.",
            Source
        ),
        new(
            Bug.P18,
            "failed-queue-keeps-descriptor",
            "A queue whose id cannot be copied to user space keeps the descriptor that was reserved for its file.",
            Source
        ),
        new(
            Bug.P19,
            "loss-takes-no-sequence",
            "The announcement of a loss does not take a sequence number, so that a reader cannot count what was lost.",
            Source
        ),
    ];
}
