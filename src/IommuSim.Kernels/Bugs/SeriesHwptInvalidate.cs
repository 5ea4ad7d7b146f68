using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// IOMMU_HWPT_INVALIDATE of v1 with its slips mended: the type is the hwpt's own, the length is the type's,
/// and the driver's answer is the user's.
/// </summary>
internal static class SeriesHwptInvalidate
{
    private const string Site = "iommufd_hwpt_invalidate";

    public static IoctlRow RowWith(SeriesRules rules) => IoctlRow.For<HwptInvalidateV1>(ucmd => Handle(ucmd, rules));

    private static Errno Handle(Ucmd ucmd, SeriesRules rules)
    {
        var cmd = ucmd.Command<HwptInvalidateV1>();
        if (
            cmd.DataType == HwptType.IOMMU_HWPT_TYPE_DEFAULT
            || cmd.DataLen == 0
            || !ucmd.Kernel.HwptTypes!.KnowsInvalidateType(ucmd.Machine, cmd.DataType)
        )
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        if (hwpt.Parent is null || !rules.TypesAgree(cmd.DataType, hwpt.DataType))
            rc = Errno.EINVAL;
        else if (rules.LooksForInvalidateOp && hwpt.Domain!.Ops.CacheInvalidateUser is null)
            rc = Errno.EOPNOTSUPP;
        else
            rc = CopyAndInvalidate(ucmd, in cmd, rules, hwpt);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static Errno CopyAndInvalidate(Ucmd ucmd, in HwptInvalidateV1 cmd, SeriesRules rules, HwPagetable hwpt)
    {
        var length = ucmd.Kernel.HwptTypes!.InvalidateSize(ucmd.Machine, cmd.DataType);
        if (length == 0 || cmd.DataLen > rules.MaxDataLength)
            return Errno.EINVAL;
        if (cmd.DataLen < length && !rules.ExtendsShortData)
            return Errno.EINVAL;
        var rc = V1HwptInvalidate.CopyOverCommand(ucmd, length, cmd.DataUptr, cmd.DataLen, Site);
        if (rc != Errno.OK)
            return rc;
        var request = new InvalidateRequest { Copied = ucmd.Buffer };
        rc = DomainMemory.Invalidate(ucmd.Machine, hwpt.Domain!, ref request, Site);
        return rules.PassesInvalidateErrno ? rc : Errno.OK;
    }
}
