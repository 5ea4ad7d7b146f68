using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>IOMMU_HWPT_ALLOC of v2: no list of types; the driver's op tells the length of a type's data.</summary>
internal static class V2HwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocV2>(Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v2 06/11.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocV2>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = LengthOf(ucmd, idev.Device.Ops, cmd.HwptType, out var length);
        if (rc == Errno.OK)
        {
            rc = Errno.EINVAL;
            if (context.Get(cmd.PtId, ObjectType.Any, out var target) == Errno.OK)
            {
                rc = V1HwptAlloc.FindIoas(target, cmd.HwptType, out var ioas, out var parent);
                if (rc == Errno.OK)
                    rc = CopyAndAllocate(ucmd, ref cmd, length, idev, ioas, parent);
                context.Put(target);
            }
        }

        context.Put(idev);
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
        ReadOnlySpan<ulong> wild = [0xffffc90000a3fd58];
        var pointer = ucmd.Machine.Unset(Site, "pt_obj", wild);
        throw ucmd.Machine.Oops(
            pointer == 0 ? ReportKind.NullDereference : ReportKind.PageFault,
            "iommufd_put_object",
            "the object to put was never looked up"
        );
    }

    private static Errno CopyAndAllocate(
        Ucmd ucmd,
        ref HwptAllocV2 cmd,
        int length,
        IommufdDevice idev,
        Ioas ioas,
        HwPagetable? parent
    )
    {
        if (length != 0 && cmd.DataLen == 0)
            return Errno.EINVAL;
        KernelBuffer? data = null;
        var rc = length == 0 ? Errno.OK : DriverDataUnion.Copy(ucmd, cmd.DataUptr, cmd.DataLen, out data);
        if (rc == Errno.OK)
        {
            ioas.Mutex.Lock(Site);
            var user = UserData.OfCopy(cmd.HwptType, data);
            rc = V2HwptAllocation.Allocate(ioas, idev, parent, user, immediateAttach: false, out var hwpt);
            if (rc == Errno.OK)
                rc = RespondAndPublish(ucmd, ref cmd, hwpt);
            ioas.Mutex.Unlock(Site);
        }

        if (data is not null)
            ucmd.Machine.Heap.Free(data, "kfree");
        return rc;
    }

    internal static Errno RespondAndPublish(Ucmd ucmd, ref HwptAllocV2 cmd, HwPagetable hwpt)
    {
        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }
}
