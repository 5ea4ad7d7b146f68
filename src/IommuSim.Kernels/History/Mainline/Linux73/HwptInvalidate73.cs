using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>
/// IOMMU_HWPT_INVALIDATE of 6.12.117 and 7.3: bounded, and in 7.3 for any object that has caches; an object
/// without the op refuses. The number of entries handled is written back on every path.
/// </summary>
internal static class HwptInvalidate73
{
    private const string Site = "iommufd_hwpt_invalidate";

    /// <summary>Bytes of a page: no entry is longer.</summary>
    private const uint MaxEntryLength = 4096;

    private const uint MaxEntries = 1 << 19;

    /// <summary>Any id but that of a nested hwpt is ENOENT.</summary>
    public static IoctlRow Row612 { get; } = RowOf(ObjectType.HwptNested);

    /// <summary>An object without caches is EINVAL.</summary>
    public static IoctlRow Row73 { get; } = RowOf(ObjectType.Any);

    private static IoctlRow RowOf(ObjectType type) => IoctlRow.For<HwptInvalidate68>(ucmd => Handle(ucmd, type));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v6.12.117 and v7.3.
    private static Errno Handle(Ucmd ucmd, ObjectType type)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidate68>();
        uint done = 0;
        var rc = Invalidate(ucmd, in cmd, type, ref done);
        cmd.EntryNum = done;
        return ucmd.Respond() == Errno.OK ? rc : Errno.EFAULT;
    }

    private static Errno Invalidate(Ucmd ucmd, in HwptInvalidate68 cmd, ObjectType type, ref uint done)
    {
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (
            cmd.EntryNum != 0
            && (cmd.DataUptr == 0 || cmd.EntryLen is 0 or > MaxEntryLength || cmd.EntryNum > MaxEntries)
        )
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.HwptId, type, out var target);
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
        rc = Invalidate(ucmd, target, ref request, ref done);
        ucmd.Context.Put(target);
        return rc;
    }

    private static Errno Invalidate(Ucmd ucmd, IommufdObject target, ref InvalidateRequest request, ref uint done)
    {
        if (target is Viommu viommu)
            return Invalidate(ucmd, viommu, ref request, ref done);
        if (target is not HwPagetable { Type: ObjectType.HwptNested, Domain: { } domain })
            return Errno.EINVAL;
        if (domain.Ops.CacheInvalidateUser is null)
            return Errno.EOPNOTSUPP;
        var rc = DomainMemory.Invalidate(ucmd.Machine, domain, ref request, Site);
        done = (uint)request.EntryCount;
        return rc;
    }

    private static Errno Invalidate(Ucmd ucmd, Viommu viommu, ref InvalidateRequest request, ref uint done)
    {
        if (viommu.Ops?.CacheInvalidate is not { } invalidate)
            return Errno.EOPNOTSUPP;
        request.Machine = ucmd.Machine;
        var rc = ucmd.Machine.Answered(invalidate(viommu, ref request));
        done = (uint)request.EntryCount;
        return rc;
    }
}
