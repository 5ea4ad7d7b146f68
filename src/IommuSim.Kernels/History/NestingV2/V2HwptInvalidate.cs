using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>IOMMU_HWPT_INVALIDATE of v2 and v3: no type; the driver tells the length and returns an errno.</summary>
internal static class V2HwptInvalidate
{
    private const string Site = "iommufd_hwpt_invalidate";

    /// <summary>v3 has RESV_IOVA_RANGES at v2's number, and moved by one.</summary>
    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptInvalidateV2>("hw_pagetable.c:iommufd_hwpt_invalidate()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v2 07/11.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidateV2>();
        if (cmd.DataLen == 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = hwpt.Parent is null ? Errno.EINVAL : CopyAndInvalidate(ucmd, cmd.DataUptr, cmd.DataLen, hwpt);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static Errno CopyAndInvalidate(Ucmd ucmd, ulong uptr, uint userLength, HwPagetable hwpt)
    {
        var ops = hwpt.Domain!.Ops;
        if (ops.CacheInvalidateUser is null || ops.CacheInvalidateUserDataLen == 0)
            return Errno.EOPNOTSUPP;
        var length = (uint)ops.CacheInvalidateUserDataLen;
        var rc = V1HwptInvalidate.CopyOverCommand(ucmd, length, uptr, userLength, Site);
        if (rc != Errno.OK)
            return rc;
        var request = new InvalidateRequest { Copied = ucmd.Buffer };
        return DomainMemory.Invalidate(ucmd.Machine, hwpt.Domain, ref request, Site);
    }
}
