using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV4;

/// <summary>IOMMU_HWPT_INVALIDATE of v4: an array, and a driver's own error code.</summary>
internal static class V4HwptInvalidate
{
    private const string Site = "iommufd_hwpt_invalidate";

    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptInvalidateV4>("hw_pagetable.c:iommufd_hwpt_invalidate()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v4 11/17. A response that cannot be copied
    // returns at once, and the hwpt is never put.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidateV4>();
        if (cmd.ReqLen == 0 || cmd.ReqNum == 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        if (hwpt.Parent is null)
        {
            ucmd.Context.Put(hwpt);
            return Errno.EINVAL;
        }

        var request = new InvalidateRequest
        {
            Uptr = cmd.ReqsUptr,
            EntryLength = cmd.ReqLen,
            EntryCount = (int)cmd.ReqNum,
            DriverError = cmd.OutDriverErrorCode,
        };
        rc = DomainMemory.Invalidate(ucmd.Machine, hwpt.Domain!, ref request, Site);
        cmd.ReqNum = (uint)request.EntryCount;
        cmd.OutDriverErrorCode = request.DriverError;
        if (ucmd.Respond() != Errno.OK)
            return Errno.EFAULT;
        ucmd.Context.Put(hwpt);
        return rc;
    }
}
