using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Drivers.Amd;

/// <summary>A device behind an AMD IOMMU. Models struct iommu_dev_data.</summary>
internal sealed class AmdDevice(KernelMachine machine, IommuOps ops, DeviceOptions options)
    : IommuDevice(machine, ops, options)
{
    private static readonly ReservedRegion s_msi = new(0xfee00000, 0xfeefffff, ReservedKind.Msi);

    /// <summary>HyperTransport: such addresses never reach the IOMMU.</summary>
    private static readonly ReservedRegion s_hyperTransport = new(0xfd00000000, 0xffffffffff, ReservedKind.Reserved);

    public static ImmutableArray<DriverOption> Options { get; } =
    [new("hd", ["no", "yes"], "the IOMMU marks dirty pages; of use from 6.7 on")];

    /// <summary>7.3: what its IOMMU has.</summary>
    public static ImmutableArray<DriverOption> Options73 { get; } =
    [
        new("hd", ["no", "yes"], "the IOMMU marks dirty pages (EFR.HDSup)"),
        new("gt", ["yes", "no"], "the IOMMU walks tables of the CPUs' format (EFR.GTSup, EFR.GIOSup)"),
        new("ppr", ["yes", "no"], "the IOMMU takes page requests (EFR.PPRSup, EFR.EPHSup)"),
        new("gcr3", ["no", "yes"], "a guest can have a pointer of its own to such tables (EFR2.GCR3TRPMode)"),
        new("levels", ["6", "5", "4"], "levels of the host's tables (EFR.HATS)"),
        new("ats", ["no", "yes"], "the device can cache translations"),
    ];

    /// <summary>The feature registers; those of no IOMMU before 7.3.</summary>
    public AmdProfile Profile { get; private init; }

    // Models drivers/iommu/amd/iommu.c:iommu_init_device() and amd_iommu_capable(), v7.3.
    public static AmdDevice Create73(KernelMachine machine, DriverSpec driver, DeviceOptions options)
    {
        var settings = new DeviceSettings(driver, options);
        var profile = AmdProfile.Of(settings);
        return new AmdDevice(machine, driver.Ops, options)
        {
            Profile = profile,
            EnforceCacheCoherency = true,
            DirtyTracking = profile.HasDirtyBits,
            HasAts = settings.Is("ats", "yes"),
            ReservedRegions = [s_msi, s_hyperTransport, .. options.Reserved],
        };
    }

    public static AmdDevice Create(KernelMachine machine, DriverSpec driver, DeviceOptions options)
    {
        var settings = new DeviceSettings(driver, options);
        return new AmdDevice(machine, driver.Ops, options)
        {
            EnforceCacheCoherency = true,
            DirtyTracking = settings.Is("hd", "yes"),
            ReservedRegions = [s_msi, s_hyperTransport, .. options.Reserved],
        };
    }
}
