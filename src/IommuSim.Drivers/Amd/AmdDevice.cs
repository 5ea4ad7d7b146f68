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
