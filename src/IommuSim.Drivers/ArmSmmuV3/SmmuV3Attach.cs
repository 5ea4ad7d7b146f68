using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Attaching, the same for paging and nested domains.</summary>
internal static class SmmuV3Attach
{
    /// <summary>
    /// ENOENT for a device of another driver. Then the device is detached, and stays so on failure: what finalising
    /// returns, or EINVAL when SMMU, index bits or stalling are not those of the domain.
    /// </summary>
    // Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_attach_dev(), v6.2 and v1/smmuv3.
    // No device but an SMMU's has a fwspec.
    public static Errno Attach(IommuDomain domain, IommuDevice device)
    {
        if (device is not SmmuV3Device master)
            return Errno.ENOENT;
        var own = (SmmuV3Domain)domain;
        master.Detach();
        var rc = own.Unit is null ? SmmuV3Allocation.FinalisePaging(own, master, data: null) : Fits(own, master);
        if (rc == Errno.OK)
            master.Join(own);
        return rc;
    }

    /// <summary>
    /// A nested domain has the index bits that the user gave, and never stalls: so a device that
    /// does cannot have one.
    /// </summary>
    private static Errno Fits(SmmuV3Domain domain, SmmuV3Device master)
    {
        if (domain.Unit != master.Unit)
            return Errno.EINVAL;
        if (domain.Stage != SmmuV3Stage.First)
            return Errno.OK;
        return domain.ContextDescriptorBits == master.SsidBits && domain.Stalls == master.Stalls
            ? Errno.OK
            : Errno.EINVAL;
    }
}
