using IommuSim.Iommu;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HWPT_INVALIDATE as merged: an array of entries of the driver's type, for any object that has caches; an
/// empty array asks whether the driver has the type. The number of entries handled is written back on every path.
/// </summary>
internal static class HwptInvalidate
{
    private const string Site = "iommufd_hwpt_invalidate";

    /// <summary>Bytes of a page: no entry is longer.</summary>
    private const uint MaxEntryLength = 4096;

    private const uint MaxEntries = 1 << 19;

    /// <summary>From 6.15 on: an object without caches is EINVAL.</summary>
    public static IoctlRow Row { get; } = RowOf(ObjectType.Any);

    /// <summary>6.8 to 6.12: any id but that of a nested hwpt is ENOENT.</summary>
    public static IoctlRow RowOfHwpts { get; } = RowOf(ObjectType.HwptNested);

    private static IoctlRow RowOf(ObjectType type) =>
        IoctlRow.For<HwptInvalidate68>("hw_pagetable.c:iommufd_hwpt_invalidate()", ucmd => Handle(ucmd, type));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v6.8 to v7.3.
    private static Errno Handle(Ucmd ucmd, ObjectType type)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidate68>();
        uint done = 0;
        var rc = Invalidate(ucmd, in cmd, type, ref done, out var target);
        var putsLate = ucmd.Machine.Has(Bug.L6);
        if (target is not null && !putsLate)
            ucmd.Context.Put(target);
        if (rc != Errno.OK && target is not null && ucmd.Machine.Has(Bug.P20))
            done++;
        cmd.EntryNum = done;
        if (ucmd.Respond() != Errno.OK)
            return Errno.EFAULT;
        if (target is not null && putsLate)
            ucmd.Context.Put(target);
        return rc;
    }

    private static Errno Invalidate(
        Ucmd ucmd,
        in HwptInvalidate68 cmd,
        ObjectType type,
        ref uint done,
        out IommufdObject? target
    )
    {
        target = null;
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.EntryNum != 0 && (cmd.DataUptr == 0 || cmd.EntryLen == 0))
            return Errno.EINVAL;
        var isTooMuch = cmd.EntryNum != 0 && (cmd.EntryLen > MaxEntryLength || cmd.EntryNum > MaxEntries);
        if (isTooMuch && !ucmd.Machine.Has(Bug.A22))
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.HwptId, type, out target);
        if (rc != Errno.OK)
            return rc;
        var request = new InvalidateRequest
        {
            Type = cmd.DataType,
            Uptr = cmd.DataUptr,
            EntryLength = cmd.EntryLen,
            EntryCount = (int)cmd.EntryNum,
            CountIsUnsigned = true,
            Machine = ucmd.Machine,
        };
        rc = target is Viommu viommu
            ? OfViommu(ucmd.Machine, viommu, ref request)
            : OfHwpt(ucmd.Machine, target, ref request);
        done = (uint)request.EntryCount;
        return rc;
    }

    private static Errno OfHwpt(KernelMachine machine, IommufdObject target, ref InvalidateRequest request)
    {
        if (target is not HwPagetable { Type: ObjectType.HwptNested, Domain: { } domain })
            return Refuse(ref request, Errno.EINVAL);
        if (domain.Ops.CacheInvalidateUser is null && !machine.Has(Bug.A17))
            return Refuse(ref request, Errno.EOPNOTSUPP);
        return DomainMemory.Invalidate(machine, domain, ref request, Site);
    }

    private static Errno OfViommu(KernelMachine machine, Viommu viommu, ref InvalidateRequest request) =>
        viommu.Ops?.CacheInvalidate is { } invalidate
            ? machine.Answered(invalidate(viommu, ref request))
            : Refuse(ref request, Errno.EOPNOTSUPP);

    /// <summary>No entry was handled.</summary>
    private static Errno Refuse(ref InvalidateRequest request, Errno rc)
    {
        request.EntryCount = 0;
        return rc;
    }
}
