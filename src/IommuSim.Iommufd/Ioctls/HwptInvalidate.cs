using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HWPT_INVALIDATE as merged: an array of entries of the driver's type; an empty array asks whether
/// the driver knows the type. The number of entries handled is written back on every path.
/// </summary>
public static class HwptInvalidate
{
    /// <summary>Linux 6.8.</summary>
    public static IoctlRow Row { get; } = RowWith(new InvalidateRules());

    /// <summary>The row of a kernel with other rules.</summary>
    public static IoctlRow RowWith(InvalidateRules rules) =>
        IoctlRow.For<HwptInvalidate68>(ucmd => Handle(ucmd, rules));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v6.8.
    private static Errno Handle(Ucmd ucmd, InvalidateRules rules)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidate68>();
        uint done = 0;
        var rc = Invalidate(ucmd, in cmd, rules, ref done, out var hwpt);
        if (hwpt is not null && rules.PutsBeforeAnswer)
            ucmd.Context.Put(hwpt);
        cmd.EntryNum = done;
        if (ucmd.Respond() != Errno.OK)
            return Errno.EFAULT;
        if (hwpt is not null && !rules.PutsBeforeAnswer)
            ucmd.Context.Put(hwpt);
        return rc;
    }

    private static Errno Invalidate(
        Ucmd ucmd,
        in HwptInvalidate68 cmd,
        InvalidateRules rules,
        ref uint done,
        out HwPagetable? hwpt
    )
    {
        const string Site = "iommufd_hwpt_invalidate";
        hwpt = null;
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.EntryNum != 0 && (cmd.DataUptr == 0 || cmd.EntryLen == 0))
            return Errno.EINVAL;
        if (cmd.EntryLen > rules.MaxEntryLength || cmd.EntryNum > rules.MaxEntries)
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwptNested, out HwPagetable found);
        hwpt = found;
        if (rc != Errno.OK)
            return rc;
        if (rules.NeedsOp && found.Domain!.Ops.CacheInvalidateUser is null)
            return Errno.EOPNOTSUPP;
        var request = new InvalidateRequest
        {
            Type = cmd.DataType,
            Uptr = cmd.DataUptr,
            EntryLength = cmd.EntryLen,
            EntryCount = (int)cmd.EntryNum,
            CountIsUnsigned = true,
        };
        rc = DomainMemory.Invalidate(ucmd.Machine, found.Domain!, ref request, Site);
        done = (uint)request.EntryCount;
        return rc;
    }
}
