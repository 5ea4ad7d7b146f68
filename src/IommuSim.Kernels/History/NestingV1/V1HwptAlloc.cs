using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// IOMMU_HWPT_ALLOC from patch 06 on: the core asks the kernel's <see cref="IHwptTypePolicy"/> whether the
/// driver supports the type and how long its data is, and copies the data for the driver. Fixed, the data is there
/// and no longer than it may be, and the response is copied before the mutex is dropped.
/// </summary>
internal static class V1HwptAlloc
{
    /// <summary>Bytes of data; a fixed kernel refuses longer data before it copies any.</summary>
    internal const uint MaxDataLength = 4096;

    /// <summary>The largest allocation of kmalloc: 4 MiB.</summary>
    private const uint MaxKmalloc = 4 << 20;

    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocV1>("hw_pagetable.c:iommufd_hwpt_alloc()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v1 06/12 to 09/12.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV1>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.DataType == 0 && cmd.DataLen != 0 && !ucmd.Machine.Has(Bug.B23))
            return Errno.EINVAL;
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
            if (rc == Errno.OK && IsForeign(parent, idev) && !ucmd.Machine.Has(Bug.B20))
                rc = Errno.EINVAL;
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

    private static bool IsForeign(HwPagetable? parent, IommufdDevice idev) =>
        parent is not null && !ReferenceEquals(parent.Domain!.Owner, idev.Device.Ops);

    private static Errno CopyAndAllocate(
        Ucmd ucmd,
        ref HwptAllocV1 cmd,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent
    )
    {
        KernelBuffer? data = null;
        var machine = ucmd.Machine;
        var length = ucmd.Kernel.HwptTypes!.AllocSize(machine, idev.Device, cmd.DataType);
        if (parent is not null && length == 0 && !machine.Has(Bug.B12))
            return Errno.EINVAL;
        var rc = Errno.OK;
        if (length != 0)
        {
            rc = CheckLength(machine, length, cmd.DataLen);
            if (rc == Errno.OK)
                rc = CopyData(ucmd, cmd.DataUptr, cmd.DataLen, length, out data);
        }

        if (rc == Errno.OK)
            rc = Allocate(ucmd, ref cmd, idev, ioas, parent, UserData.OfCopy(cmd.DataType, data));
        if (data is not null)
            machine.Heap.Free(data, "kfree");
        return rc;
    }

    /// <summary>EINVAL for data that is longer than the limit, or too short.</summary>
    internal static Errno CheckLength(KernelMachine machine, uint length, uint userLength)
    {
        if (userLength > MaxDataLength && !machine.Has(Bug.B25))
            return Errno.EINVAL;
        return userLength < length && !machine.Has(Bug.B26) ? Errno.EINVAL : Errno.OK;
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
        // Without an abort of its own, a hwpt is undone with the mutex dropped.
        var isLate = ucmd.Machine.Has(Bug.A06);
        ioas.Mutex.Lock(Site);
        var rc = V1HwptAllocation.Allocate(ioas, idev, parent, data, attaching: null, out var hwpt);
        if (isLate)
            ioas.Mutex.Unlock(Site);
        if (rc == Errno.OK)
        {
            var made = ucmd.Machine.Heap.Deref(hwpt, Site, "hwpt");
            cmd.OutHwptId = made.Id;
            rc = ucmd.RespondAndPublish(made);
        }

        if (!isLate)
            ioas.Mutex.Unlock(Site);
        return rc;
    }
}
