using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>
/// IOMMU_HWPT_ALLOC of v2 and v3, without a list of types. In v2 a driver op tells the length of a type's data; in v3
/// the type is handed to the driver, and the core knows none. Both copy the data as a union of all drivers' structs:
/// what a driver does not have can be non-zero as long as another driver's struct is longer.
/// </summary>
internal static class V2HwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = RowOf(HandleV2);

    public static IoctlRow RowV3 { get; } = RowOf(HandleV3);

    private static IoctlRow RowOf(IoctlHandler handler) =>
        IoctlRow.For<HwptAllocV2>("hw_pagetable.c:iommufd_hwpt_alloc()", handler);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v2 06/11.
    private static Errno HandleV2(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV2>();
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = LengthOf(ucmd, idev.Device.Ops, cmd.HwptType, out var length);
        if (rc == Errno.OK)
            rc = FindAndAllocate(ucmd, ref cmd, idev, hasData: length != 0, V2HwptAllocation.V2);
        ucmd.Context.Put(idev);
        return rc;
    }

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v3 08/17. Any type may have data, DEFAULT too.
    private static Errno HandleV3(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV2>();
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.DataLen == 0 && cmd.HwptType != HwptType.IOMMU_HWPT_TYPE_DEFAULT)
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = FindAndAllocate(ucmd, ref cmd, idev, hasData: cmd.DataLen != 0, V2HwptAllocation.V3);
        ucmd.Context.Put(idev);
        return rc;
    }

    /// <summary>
    /// A type that the driver does not know warns, and the way out puts an object that was never looked up.
    /// </summary>
    private static Errno LengthOf(Ucmd ucmd, IommuOps ops, uint type, out int length)
    {
        length = 0;
        if (type == HwptType.IOMMU_HWPT_TYPE_DEFAULT)
            return Errno.OK;
        if (ops.DomainAllocUserDataLen is null)
            return Errno.EOPNOTSUPP;
        (var rc, length) = ops.DomainAllocUserDataLen(type);
        if (!ucmd.Machine.WarnOn(rc != Errno.OK, Site, "the driver does not know the type"))
            return Errno.OK;
        throw CoreArrayPolicy.PutOfNothing(ucmd.Machine);
    }

    private static Errno FindAndAllocate(
        Ucmd ucmd,
        ref HwptAllocV2 cmd,
        IommufdDevice idev,
        bool hasData,
        V2HwptAllocation allocation
    )
    {
        if (ucmd.Context.Get(cmd.PtId, ObjectType.Any, out var target) != Errno.OK)
            return Errno.EINVAL;
        var rc = V1HwptAlloc.FindIoas(target, cmd.HwptType, out var ioas, out var parent);
        if (rc == Errno.OK)
            rc = hasData && cmd.DataLen == 0 ? Errno.EINVAL : Errno.OK;
        KernelBuffer? data = null;
        if (rc == Errno.OK && hasData)
            rc = CopyUnion(ucmd, cmd.DataUptr, cmd.DataLen, out data);
        if (rc == Errno.OK)
        {
            ioas.Mutex.Lock(Site);
            var user = UserData.OfCopy(cmd.HwptType, data);
            rc = allocation.Allocate(ioas, idev, parent, user, attaching: null, out var hwpt);
            if (rc == Errno.OK)
            {
                cmd.OutHwptId = hwpt.Id;
                rc = ucmd.RespondAndPublish(hwpt);
            }

            ioas.Mutex.Unlock(Site);
        }

        if (data is not null)
            ucmd.Machine.Heap.Free(data, "kfree");
        ucmd.Context.Put(target);
        return rc;
    }

    /// <summary>ENOMEM, EFAULT, or E2BIG for a byte that is not zero past the union.</summary>
    private static Errno CopyUnion(Ucmd ucmd, ulong uptr, uint length, out KernelBuffer? data)
    {
        data = null;
        if (!ucmd.Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        data = ucmd.Machine.Heap.Track(new KernelBuffer(UnionSize(ucmd.Kernel), BufferPlace.Heap), Site);
        data.Zero();
        return ucmd.Machine.CopyStructFromUser(data.Bytes, uptr, length);
    }

    private static int UnionSize(IommufdKernel kernel)
    {
        var size = 0;
        foreach (var driver in kernel.Spec.Drivers)
        {
            var isMock = driver.Ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST;
            if (isMock && !kernel.Machine.Build.IommufdTest)
                continue;
            foreach (var row in driver.Ops.HwptTypes)
                size = Math.Max(size, row.AllocSize);
        }

        return size;
    }
}
