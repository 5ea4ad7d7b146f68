using IommuSim.Iommu;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_VEVENTQ_ALLOC: EOPNOTSUPP for flags, the reserved field or type DEFAULT; EINVAL for no depth or too
/// much, ENOENT, EEXIST for a second queue of a type, ENOMEM, EMFILE, EFAULT.
/// </summary>
internal static class VeventqAlloc
{
    public static IoctlRow Row { get; } = IoctlRow.For<VeventqAllocCmd>("eventq.c:iommufd_veventq_alloc()", Handle);

    /// <summary>Events; a queue cannot be deeper.</summary>
    private const uint MaxDepth = 1 << 19;

    private const string Site = "iommufd_veventq_alloc";

    // Models drivers/iommu/iommufd/eventq.c:iommufd_veventq_alloc(), v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<VeventqAllocCmd>();
        if (cmd.Flags != 0 || cmd.Reserved != 0 || cmd.Type == VeventqConstants.IOMMU_VEVENTQ_TYPE_DEFAULT)
            return Errno.EOPNOTSUPP;
        if (cmd.VeventqDepth == 0 || (cmd.VeventqDepth > MaxDepth && !ucmd.Machine.Has(Bug.M10)))
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.ViommuId, ObjectType.Viommu, out Viommu viommu);
        if (rc != Errno.OK)
            return rc;
        viommu.VeventqsRwsem.DownWrite(Site);
        rc = viommu.FindVeventq(cmd.Type) is null ? Allocate(ucmd, ref cmd, viommu) : Errno.EEXIST;
        viommu.VeventqsRwsem.UpWrite(Site);
        ucmd.Context.Put(viommu);
        return rc;
    }

    private static Errno Allocate(Ucmd ucmd, ref VeventqAllocCmd cmd, Viommu viommu)
    {
        var context = ucmd.Context;
        var (type, depth) = (cmd.Type, cmd.VeventqDepth);
        var rc = context.Allocate(c => new VeventQueue(c, viommu, type, depth), Site, out var queue);
        if (rc != Errno.OK)
            return rc;
        viommu.TakeUser(Site);
        viommu.Veventqs.Add(queue);
        rc = queue.Init(out var descriptor);
        if (rc != Errno.OK)
        {
            context.AbortAndDestroy(queue);
            return rc;
        }

        cmd.OutVeventqId = queue.Id;
        cmd.OutVeventqFd = (uint)descriptor.Number;
        rc = ucmd.Respond();
        if (rc != Errno.OK)
        {
            context.Kernel.CancelDescriptor(descriptor);
            context.AbortAndDestroy(queue);
            return rc;
        }

        context.Publish(queue);
        context.Kernel.InstallDescriptor(descriptor, queue.File!);
        return Errno.OK;
    }
}
