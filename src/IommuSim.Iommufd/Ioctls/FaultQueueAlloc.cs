using IommuSim.Iommufd.EventQueues;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>IOMMU_FAULT_QUEUE_ALLOC: EOPNOTSUPP for flags, ENOMEM, EMFILE, EFAULT.</summary>
internal static class FaultQueueAlloc
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<FaultAllocCmd>("eventq.c:iommufd_fault_alloc(); in fault.c in v6.12", Handle);

    // Models drivers/iommu/iommufd/eventq.c:iommufd_fault_alloc(), v7.3. In fault.c, v6.12, the id appears
    // before the descriptor and not after it.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<FaultAllocCmd>();
        if (cmd.Flags != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Allocate(static c => new FaultQueue(c), "iommufd_fault_alloc", out var queue);
        if (rc != Errno.OK)
            return rc;
        rc = queue.Init(out var descriptor);
        if (rc != Errno.OK)
            return rc;
        cmd.OutFaultId = queue.Id;
        cmd.OutFaultFd = (uint)descriptor.Number;
        return queue.Respond(ucmd, descriptor);
    }
}
