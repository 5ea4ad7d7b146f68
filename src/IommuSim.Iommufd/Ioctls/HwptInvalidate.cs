using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HWPT_INVALIDATE as merged: an array of entries of the driver's type; an empty array asks whether
/// the driver knows the type. The number of entries handled is written back on every path.
/// </summary>
public static class HwptInvalidate
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptInvalidate68>(
            IoctlNumber.IOMMU_HWPT_INVALIDATE,
            nameof(IoctlNumber.IOMMU_HWPT_INVALIDATE),
            32,
            Handle
        );

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v6.8.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidate68>();
        uint done = 0;
        var rc = Invalidate(ucmd, in cmd, ref done);
        cmd.EntryNum = done;
        return ucmd.Respond() == Errno.OK ? rc : Errno.EFAULT;
    }

    private static Errno Invalidate(Ucmd ucmd, in HwptInvalidate68 cmd, ref uint done)
    {
        const string Site = "iommufd_hwpt_invalidate";
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.EntryNum != 0 && (cmd.DataUptr == 0 || cmd.EntryLen == 0))
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwptNested, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        var request = new InvalidateRequest
        {
            Type = cmd.DataType,
            Uptr = cmd.DataUptr,
            EntryLength = cmd.EntryLen,
            EntryCount = (int)cmd.EntryNum,
            CountIsUnsigned = true,
        };
        rc = DomainMemory.Invalidate(ucmd.Machine, hwpt.Domain!, ref request, Site);
        done = (uint)request.EntryCount;
        ucmd.Context.Put(hwpt);
        return rc;
    }
}
