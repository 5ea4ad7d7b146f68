using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Topics;

/// <summary>Queues of page faults, from 6.12 on.</summary>
internal static class FaultQueueTopics
{
    public const string Alloc = "IOMMU_FAULT_QUEUE_ALLOC";

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Weight = 12,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOMEM, Errno.EMFILE],
            Next = static (made, _) => made is null ? null : HwptAllocTopics.Alloc,
            Expect = static (in call) => call.ExpectNoFlags(),
            // The descriptor that came with it holds the queue, as that of an event queue does.
            Make = static (in call) =>
                new ModelObject(ObjectKind.FaultQueue, call.Returned("fault"))
                {
                    Referrers = 1,
                    Faults = new FaultModel(),
                },
        },
    ];
}
