using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// IOMMU_HWPT_ALLOC from patch 06 on: the core asks the kernel's <see cref="IHwptTypePolicy"/> whether the
/// driver supports the type and how long its data is, and copies the data for the driver.
/// </summary>
public static class V1HwptAlloc
{
    /// <summary>The largest allocation of kmalloc: 4 MiB.</summary>
    internal const uint MaxKmalloc = 4 << 20;

    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocV1>(Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v1 06/12 to 09/12.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV1>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Errno.EINVAL;
        if (
            ucmd.Kernel.HwptTypes!.Supports(ucmd.Machine, idev.Device, cmd.DataType)
            && context.Get(cmd.PtId, ObjectType.Any, out var target) == Errno.OK
        )
        {
            rc = FindIoas(target, cmd.DataType, out var ioas, out var parent);
            if (rc == Errno.OK)
                rc = CopyAndAllocate(ucmd, ref cmd, idev, ioas, parent);
            context.Put(target);
        }

        context.Put(idev);
        return rc;
    }

    /// <summary>A hwpt as target needs a type, and may neither be automatic nor nested itself.</summary>
    internal static Errno FindIoas(IommufdObject target, uint type, out Ioas ioas, out HwPagetable? parent)
    {
        parent = target as HwPagetable;
        ioas = (target as Ioas ?? parent?.Ioas)!;
        if (target is Ioas)
            return Errno.OK;
        return
            parent is null || type == HwptType.IOMMU_HWPT_TYPE_DEFAULT || parent.AutoDomain || parent.Parent is not null
            ? Errno.EINVAL
            : Errno.OK;
    }

    private static Errno CopyAndAllocate(
        Ucmd ucmd,
        ref HwptAllocV1 cmd,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent
    )
    {
        KernelBuffer? data = null;
        var length = ucmd.Kernel.HwptTypes!.AllocSize(ucmd.Machine, idev.Device, cmd.DataType);
        var rc = length == 0 ? Errno.OK : CopyData(ucmd, cmd.DataUptr, cmd.DataLen, length, out data);
        if (rc == Errno.OK)
            rc = Allocate(ucmd, ref cmd, idev, ioas, parent, UserData.OfCopy(cmd.DataType, data));
        if (data is not null)
            ucmd.Machine.Heap.Free(data, "kfree");
        return rc;
    }

    /// <summary>
    /// EINVAL without data, ENOMEM, EFAULT, E2BIG; shorter data is extended with zeroes. A length that is
    /// garbage may be more than kmalloc gives, which warns.
    /// </summary>
    internal static Errno CopyData(Ucmd ucmd, ulong uptr, uint userLength, uint length, out KernelBuffer? data)
    {
        data = null;
        if (userLength == 0)
            return Errno.EINVAL;
        if (ucmd.Machine.WarnOnOnce(length > MaxKmalloc, "__alloc_pages", "kzalloc of more than kmalloc gives"))
            return Errno.ENOMEM;
        if (length > MaxKmalloc || !ucmd.Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        data = ucmd.Machine.Heap.Track(new KernelBuffer((int)length, BufferPlace.Heap), Site);
        data.Zero();
        return ucmd.Machine.CopyStructFromUser(data.Bytes, uptr, userLength);
    }

    private static Errno Allocate(
        Ucmd ucmd,
        ref HwptAllocV1 cmd,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent,
        UserData data
    )
    {
        ioas.Mutex.Lock(Site);
        var rc = V1HwptAllocation.Allocate(ioas, idev, parent, data, immediateAttach: false, out var made);
        ioas.Mutex.Unlock(Site);
        if (rc != Errno.OK)
            return rc;
        var hwpt = ucmd.Machine.Heap.Deref(made, Site, "hwpt");
        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }
}
