using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// Allocation for user space, one function for each form that domain_alloc_user and its nested half
/// had. Models drivers/iommu/intel/iommu.c and nested.c.
/// </summary>
internal static class VtdNestedAllocation
{
    private const string AllocUser = "intel_iommu_domain_alloc_user";
    private const string NestedAlloc = "intel_nested_domain_alloc";

    /// <summary>
    /// EINVAL for data without a parent or the other way round and for a parent of another driver; ENOMEM. As
    /// posted, the data without a parent is ignored, and with one both are trusted. Features, address width and flags
    /// are left to the attach; C returns NULL for every failure.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_user() and intel_nested_domain_alloc(), VT-d RFC
    // and v1/vtd.
    public static Errno AllocateMarch2023(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        var machine = device.Machine;
        domain = null;
        if (parent is null)
        {
            return data.Present && !machine.Has(Bug.B32) ? Errno.EINVAL : VtdPaging.AllocateForUser(device, out domain);
        }

        if (!ReferenceEquals(parent.Ops, VtdDomainOps.PagingBefore) && !machine.Has(Bug.B20))
            return Errno.EINVAL;
        if (data.Copied is null && !machine.Has(Bug.B12))
            return Errno.EINVAL;
        return Track(machine, parent, VtdDomainOps.NestedMarch2023) is { } nested
            ? SetUp(machine, nested, data, out domain)
            : Errno.ENOMEM;
    }

    /// <summary>As in March; looks into the parent for read-only mappings, which are not modelled.</summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_domain_alloc(), VT-d v3 of May 2023 (core
    // v2).
    public static Errno AllocateV2(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        if (parent is null)
            return VtdPaging.AllocateForUser(device, out domain);
        domain = null;
        if (Track(device.Machine, parent, VtdDomainOps.NestedV2) is not { } nested)
            return Errno.ENOMEM;
        ReadParent(device.Machine, parent);
        return SetUp(device.Machine, nested, data, out domain);
    }

    /// <summary>Bytes of data of a type, or EOPNOTSUPP; v2 only.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_user_data_len(), VT-d v3 (core
    // v2).
    public static (Errno Errno, int Length) DataLength(uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_VTD_S1 ? (Errno.OK, Unsafe.SizeOf<HwptIntelVtd>()) : (Errno.EOPNOTSUPP, 0);

    /// <summary>
    /// EINVAL for an unknown type and where type and parent contradict each other. Without memory it still returns OK
    /// and null: C returns NULL, which is no error pointer.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_user(), VT-d v4 of July 2023
    // (core v3).
    public static Errno AllocateV3(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        var machine = device.Machine;
        domain = null;
        if (RefusesType(data.Type, parent))
            return Errno.EINVAL;
        if (parent is null)
        {
            domain = DomainMemory.AllocatePaging(device);
            return Errno.OK;
        }

        if (Track(machine, parent, VtdDomainOps.NestedV3) is not { } nested)
            return Errno.OK;
        ReadParent(machine, parent);
        var copied = machine.Heap.Deref(data.Copied, NestedAlloc, "user_data");
        nested.StageOne = VtdStageOne.Of(copied.Read<HwptVtdS1>(machine, NestedAlloc));
        domain = nested;
        return Errno.OK;
    }

    /// <summary>
    /// EINVAL as v3 and for NEST_PARENT on a nested domain, EOPNOTSUPP where the unit cannot nest,
    /// EINVAL or EFAULT for the data. Without memory for a nested domain it writes through NULL.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_user(), VT-d v5 of September 2023
    // (core v4).
    public static Errno AllocateV4(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        var machine = device.Machine;
        var wantsParent = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0;
        domain = null;
        if (RefusesType(data.Type, parent) || (parent is not null && wantsParent))
            return Errno.EINVAL;
        if ((parent is not null || wantsParent) && !((VtdDevice)device).Profile.HasNesting)
            return Errno.EOPNOTSUPP;
        if (parent is null)
            return AllocateParent(device, wantsParent, out domain);
        var rc = UserDataCopy.CopyStruct(
            machine,
            data,
            HwptType.IOMMU_HWPT_TYPE_VTD_S1,
            SizeOfVtdS1,
            out HwptVtdS1 stageOne
        );
        if (rc != Errno.OK)
            return rc;
        if (Track(machine, parent, VtdDomainOps.NestedV4) is not { } nested)
            throw machine.Oops(ReportKind.NullDereference, AllocUser, "domain is NULL");
        nested.StageOne = VtdStageOne.Of(stageOne);
        domain = nested;
        return Errno.OK;
    }

    /// <summary>As merged, see <see cref="AllocateMerged"/>, with nested domains that lack invalidation.</summary>
    public static Errno AllocateLinux67(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocateMerged(device, flags, parent, data, VtdDomainOps.NestedLinux67, out domain);

    /// <summary>As merged, see <see cref="AllocateMerged"/>.</summary>
    public static Errno AllocateLinux68(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocateMerged(device, flags, parent, data, VtdDomainOps.NestedLinux68, out domain);

    /// <summary>As <see cref="AllocateLinux68"/>, and takes the parent for one of its own.</summary>
    public static Errno AllocateTrustingCore(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => AllocateMerged(device, flags, parent, data, VtdDomainOps.NestedLinux68, out domain, checksParent: false);

    private static int SizeOfVtdS1 => Unsafe.SizeOf<HwptVtdS1>();

    /// <summary>
    /// EOPNOTSUPP for flags, data or features that do not go together; for nested domains
    /// EOPNOTSUPP for the type, EINVAL for the parent, EINVAL or EFAULT for the data, ENOMEM, in
    /// this order.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_user(), v6.7.
    internal static Errno AllocateMerged(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        DomainOps nestedOps,
        out IommuDomain? domain,
        bool checksParent = true
    )
    {
        const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
        const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        var profile = ((VtdDevice)device).Profile;
        domain = null;
        if (parent is not null)
        {
            return flags != 0 || !profile.HasNesting
                ? Errno.EOPNOTSUPP
                : AllocateNested(device.Machine, parent, data, nestedOps, checksParent, out domain);
        }

        if ((flags & ~(NestParent | Dirty)) != 0)
            return Errno.EOPNOTSUPP;
        if ((flags & NestParent) != 0 && !profile.HasNesting)
            return Errno.EOPNOTSUPP;
        if (data.Present || ((flags & Dirty) != 0 && !profile.HasStageTwoDirty))
            return Errno.EOPNOTSUPP;
        var rc = AllocateParent(device, (flags & NestParent) != 0, out domain);
        if (domain is VtdPagingDomain paging)
            paging.TracksDirty = (flags & Dirty) != 0;
        return rc;
    }

    // Models drivers/iommu/intel/nested.c:intel_nested_domain_alloc(), v6.7.
    private static Errno AllocateNested(
        KernelMachine machine,
        IommuDomain parent,
        in UserData data,
        DomainOps nestedOps,
        bool checksParent,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (data.Type != HwptType.IOMMU_HWPT_DATA_VTD_S1)
            return Errno.EOPNOTSUPP;
        if (checksParent && !ReferenceEquals(parent.Ops, VtdDomainOps.PagingLinux66))
            return Errno.EINVAL;
        if (parent is not VtdPagingDomain own)
            VtdNestedAttach.ReportForeignParent(machine, NestedAlloc);
        else if (!own.IsNestParent)
            return Errno.EINVAL;
        var rc = UserDataCopy.CopyStruct(
            machine,
            data,
            HwptType.IOMMU_HWPT_DATA_VTD_S1,
            SizeOfVtdS1,
            out HwptVtdS1 stageOne
        );
        if (rc != Errno.OK)
            return rc;
        if (Track(machine, parent, nestedOps) is not { } nested)
            return Errno.ENOMEM;
        nested.StageOne = VtdStageOne.Of(stageOne);
        domain = nested;
        return Errno.OK;
    }

    private static Errno AllocateParent(IommuDevice device, bool isNestParent, out IommuDomain? domain)
    {
        var rc = VtdPaging.AllocateForUser(device, out domain);
        if (domain is VtdPagingDomain paging)
            paging.IsNestParent = isNestParent;
        return rc;
    }

    /// <summary>Unknown, or a stage-1 type without a parent, or none with one.</summary>
    private static bool RefusesType(uint type, IommuDomain? parent)
    {
        if (type is not (HwptType.IOMMU_HWPT_TYPE_DEFAULT or HwptType.IOMMU_HWPT_TYPE_VTD_S1))
            return true;
        return (type == HwptType.IOMMU_HWPT_TYPE_DEFAULT) == (parent is not null);
    }

    private static VtdNestedDomain? Track(KernelMachine machine, IommuDomain parent, DomainOps ops)
    {
        if (!machine.Heap.CanAllocate(NestedAlloc))
            return null;
        var kind = new DomainKind(DomainType.Nested, ops) { ApertureEnd = 0 };
        var nested = new VtdNestedDomain(kind) { Machine = machine, Parent = parent };
        return machine.Heap.Track(nested, NestedAlloc);
    }

    private static Errno SetUp(KernelMachine machine, VtdNestedDomain nested, in UserData data, out IommuDomain? domain)
    {
        var copied = machine.Heap.Deref(data.Copied, NestedAlloc, "user_data");
        nested.StageOne = VtdStageOne.Of(copied.Read<HwptIntelVtd>(machine, NestedAlloc));
        domain = nested;
        return Errno.OK;
    }

    /// <summary>The parent's mark of read-only mappings, at an offset that only VT-d's domains have.</summary>
    private static void ReadParent(KernelMachine machine, IommuDomain parent)
    {
        if (parent is not VtdPagingDomain)
            VtdNestedAttach.ReportForeignParent(machine, NestedAlloc);
    }
}
