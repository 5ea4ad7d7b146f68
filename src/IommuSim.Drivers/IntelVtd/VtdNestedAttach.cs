using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// Attaching nested domains, one function for each form it had. The old translation is blocked
/// before anything is checked, so every failure leaves the device blocked.
/// </summary>
internal static class VtdNestedAttach
{
    private const string AttachDev = "intel_nested_attach_dev";
    private const uint FourLevels = 48;
    private const uint FiveLevels = 57;

    /// <summary>Memory types of the guest, which the driver does not let it choose.</summary>
    private const ulong MemoryTypeFlags =
        VtdConstants.IOMMU_VTD_PGTBL_PCD
        | VtdConstants.IOMMU_VTD_PGTBL_PWT
        | VtdConstants.IOMMU_VTD_PGTBL_EMTE
        | VtdConstants.IOMMU_VTD_PGTBL_CD;

    /// <summary>
    /// EINVAL when the unit does not suit the parent, ENOMEM, ENODEV when it cannot nest, then EINVAL for an unsuitable
    /// page table of the guest.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_nested_attach_dev(), v1/vtd and VT-d v3 (core v2).
    public static Errno AttachMarch2023(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, AttachDev) is not { } own)
            return Errno.EINVAL;
        var nested = (VtdNestedDomain)domain;
        own.Block();
        var parent = ParentOf(nested, "prepare_domain_attach_device");
        var rc = parent is null ? Errno.EINVAL : VtdPaging.Prepare(parent, own);
        if (rc == Errno.OK)
            rc = VtdPaging.AttachUnit(own);
        if (rc == Errno.OK)
            rc = SetUpPasidMarch2023(nested, parent!, own);
        if (rc == Errno.OK)
            own.Join(nested);
        return rc;
    }

    /// <summary>
    /// ENODEV when the parent has more levels than the unit, which includes every parent that no
    /// device was attached to yet unless the unit has five; then as in March without the limits of
    /// the page table's address and memory types.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_attach_dev(), VT-d v4 and v5.
    public static Errno AttachV3(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, AttachDev) is not { } own)
            return Errno.EINVAL;
        var nested = (VtdNestedDomain)domain;
        own.Block();
        var rc = AttachParent(nested, own);
        if (rc == Errno.OK)
            rc = own.Profile.HasNesting ? Errno.OK : Errno.ENODEV;
        if (rc == Errno.OK)
            rc = CheckStageOne(nested.StageOne, own.Profile);
        if (rc == Errno.OK)
            own.Join(nested);
        return rc;
    }

    /// <summary>As v3, without the test that the unit can nest: the allocation does it.</summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_attach_dev(), v6.7.
    public static Errno AttachMerged(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, AttachDev) is not { } own)
            return Errno.EINVAL;
        var nested = (VtdNestedDomain)domain;
        own.Block();
        var rc = AttachParent(nested, own);
        if (rc == Errno.OK)
            rc = CheckStageOne(nested.StageOne, own.Profile);
        if (rc == Errno.OK)
            own.Join(nested);
        return rc;
    }

    /// <summary>What a read of a VT-d field in another driver's smaller domain is.</summary>
    public static void ReportForeignParent(KernelMachine machine, string function) =>
        machine.Report(ReportKind.SlabOutOfBounds, function, "the parent is another driver's domain");

    private static Errno AttachParent(VtdNestedDomain nested, VtdDevice device)
    {
        if (ParentOf(nested, AttachDev) is not { } parent)
            return Errno.EINVAL;
        if (device.Profile.Agaw < parent.Agaw)
            return Errno.ENODEV;
        var rc = VtdPaging.Prepare(parent, device);
        return rc == Errno.OK ? VtdPaging.AttachUnit(device) : rc;
    }

    // Models drivers/iommu/intel/pasid.c:intel_pasid_setup_nested(), v1/vtd. An address equal to
    // the limit is let through; low bits of the address end up in the entry's flags, which is not
    // modelled.
    private static Errno SetUpPasidMarch2023(VtdNestedDomain nested, VtdPagingDomain parent, VtdDevice device)
    {
        var stageOne = nested.StageOne;
        if (!device.Profile.HasNesting)
            return Errno.ENODEV;
        var rc = CheckStageOne(stageOne, device.Profile);
        if (rc != Errno.OK)
            return rc;
        if ((stageOne.Flags & MemoryTypeFlags) != 0 || stageOne.PageTable > 1UL << parent.Width)
            return Errno.EINVAL;
        return Errno.OK;
    }

    /// <summary>EINVAL for an address width or a feature that the unit does not have. Other flags are free.</summary>
    internal static Errno CheckStageOne(in VtdStageOne stageOne, in VtdProfile profile)
    {
        var widthIsKnown =
            stageOne.AddressWidth == FourLevels
            || (stageOne.AddressWidth == FiveLevels && profile.HasFiveLevelStageOne);
        if (!widthIsKnown)
            return Errno.EINVAL;
        if ((stageOne.Flags & VtdConstants.IOMMU_VTD_S1_SRE) != 0 && !profile.HasSupervisorRequests)
            return Errno.EINVAL;
        if ((stageOne.Flags & VtdConstants.IOMMU_VTD_S1_EAFE) != 0 && !profile.HasExtendedAccessed)
            return Errno.EINVAL;
        return Errno.OK;
    }

    /// <summary>
    /// C's container_of on an unchecked pointer. Another driver's domain is reported, and what its memory says is taken
    /// as a domain that does not suit the unit.
    /// </summary>
    private static VtdPagingDomain? ParentOf(VtdNestedDomain nested, string function)
    {
        nested.Machine.Heap.Touch(nested.Parent, function);
        if (nested.Parent is VtdPagingDomain parent)
            return parent;
        ReportForeignParent(nested.Machine, function);
        return null;
    }
}
