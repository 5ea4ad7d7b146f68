using IommuSim.Iommu.Viommus;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HW_QUEUE_ALLOC: EOPNOTSUPP for flags or type DEFAULT, EINVAL for no length, EOVERFLOW, ENOENT;
/// EOPNOTSUPP for a driver without such queues; ENOMEM, ERANGE; what the pinning returns, EFAULT for pages that are
/// not contiguous; what the driver returns, EFAULT.
/// </summary>
internal static class HwQueueAlloc
{
    /// <summary>Bytes of the longest array of page pointers that the kernel's allocator returns: INT_MAX.</summary>
    private const ulong MaxPageArray = int.MaxValue;

    private const string Site = "iommufd_hw_queue_alloc_ioctl";

    public static IoctlRow Row { get; } =
        IoctlRow.For<HwQueueAllocCmd>("viommu.c:iommufd_hw_queue_alloc_ioctl()", Handle);

    // Models drivers/iommu/iommufd/viommu.c:iommufd_hw_queue_alloc_ioctl(), v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwQueueAllocCmd>();
        if (cmd.Flags != 0 || cmd.Type == ViommuConstants.IOMMU_HW_QUEUE_TYPE_DEFAULT)
            return Errno.EOPNOTSUPP;
        if (cmd.Length == 0)
            return Errno.EINVAL;
        if (cmd.NestingParentIova + (cmd.Length - 1) < cmd.NestingParentIova)
            return Errno.EOVERFLOW;
        var rc = ucmd.Context.Get(cmd.ViommuId, ObjectType.Viommu, out Viommu viommu);
        if (rc != Errno.OK)
            return rc;
        rc = AllocateFor(ucmd, ref cmd, viommu);
        ucmd.Context.Put(viommu);
        return rc;
    }

    private static Errno AllocateFor(Ucmd ucmd, ref HwQueueAllocCmd cmd, Viommu viommu)
    {
        if (viommu.Ops is not { GetHwQueueSize: { } sizeOf, HwQueueInitPhys: { } init })
            return Errno.EOPNOTSUPP;
        var size = sizeOf(viommu, cmd.Type);
        if (size == 0)
            return Errno.EOPNOTSUPP;
        if (
            ucmd.Machine.WarnOnOnce(
                size < ViommuOps.CoreHwQueueSize,
                Site,
                "the driver's hw_queue is smaller than the core's"
            )
        )
            return Errno.EOPNOTSUPP;
        var (address, length, index) = (cmd.NestingParentIova, cmd.Length, cmd.Index);
        var rc = ucmd.Allocate(c => new HwQueue(c, address, length), Site, out var queue);
        if (rc != Errno.OK)
            return rc;
        rc = Pin(viommu, address, length, out var access, out var physical);
        if (rc != Errno.OK)
            return rc;
        queue.Viommu = viommu;
        viommu.TakeUser(Site);
        queue.Access = access;
        rc = ucmd.Machine.DriverRefuses("hw_queue_init_phys") ? Errno.ENOMEM : init(queue, index, physical);
        if (ucmd.Machine.Answered(rc) != Errno.OK)
            return rc;
        cmd.OutHwQueueId = queue.Id;
        return ucmd.Respond();
    }

    /// <summary>Pins the queue's pages, which must be contiguous, and keeps them mapped.</summary>
    // Models iommufd_hw_queue_alloc_phys(), v7.3.
    private static Errno Pin(Viommu viommu, ulong address, ulong length, out IommufdAccess access, out ulong physical)
    {
        const string Inner = "iommufd_hw_queue_alloc_phys";
        access = null!;
        physical = 0;
        var offset = address % IoptPages.PageSize;
        if (offset + length < length || offset + length + (IoptPages.PageSize - 1) < length)
            return Errno.ERANGE;
        var (start, size) = HwQueue.PagesOf(address, length);
        var array = size / IoptPages.PageSize * sizeof(ulong);
        if (array > MaxPageArray || !viommu.Machine.Heap.CanAllocate(Inner))
            return Errno.ENOMEM;
        var rc = IommufdAccess.Create(viommu.Context, ops: null, out access);
        if (rc != Errno.OK)
            return rc;
        rc = access.AttachTo(viommu.Hwpt!.Ioas!);
        if (rc == Errno.OK)
        {
            rc = PinContiguous(access, start, size, out physical);
            if (rc != Errno.OK)
                access.Detach();
        }

        physical += offset;
        if (rc != Errno.OK)
            access.DestroyUser();
        return rc;
    }

    private static Errno PinContiguous(IommufdAccess access, ulong start, ulong size, out ulong physical)
    {
        physical = 0;
        var pages = new List<ulong>();
        var rc = access.PinPages(start, size, writes: false, pages);
        if (rc != Errno.OK)
            return rc;
        physical = pages[0];
        for (var i = 1; i < pages.Count; i++)
        {
            if (pages[i] == pages[i - 1] + IoptPages.PageSize)
                continue;
            access.UnpinPages(start, size);
            return Errno.EFAULT;
        }

        return Errno.OK;
    }
}
