using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>A device behind an SMMUv3. Models struct arm_smmu_master and what it needs of its SMMU.</summary>
internal sealed class SmmuV3Device(KernelMachine machine, IommuOps ops, DeviceOptions options)
    : IommuDevice(machine, ops, options),
        IChained<SmmuV3Device>
{
    private const int MaxSsidBits = 20;
    private const ulong MsiStart = 0x8000000;
    private const ulong MsiLength = 0x100000;

    private static readonly ReservedRegion s_msi = new(MsiStart, MsiStart + MsiLength - 1, ReservedKind.SoftwareMsi);

    public static ImmutableArray<DriverOption> Options { get; } =
    [
        new("stages", ["s1s2", "s1", "s2"], "translation stages that the SMMU implements"),
        new("unit", ["smmu0"], "the SMMU that the device is behind; any word"),
        new("ssid-bits", SsidBitCounts(), "bits of the substream ids that the device sends"),
        new("stall", ["no", "yes"], "the device's transactions stall on a fault"),
        new("coherent", ["yes", "no"], "page table walks are coherent; without, it cannot be bound"),
        new("ril", ["no", "yes"], "the SMMU invalidates ranges with one command (IDR3.RIL)"),
    ];

    public bool HasStage1 { get; private init; }

    public bool HasStage2 { get; private init; }

    public bool HasRangeInvalidation { get; private init; }

    public byte SsidBits { get; private init; }

    public bool Stalls { get; private init; }

    /// <summary>The domain in its stream table entry; null while that blocks.</summary>
    public SmmuV3Domain? Domain { get; private set; }

    public SmmuV3Device? Next { get; set; }

    public static SmmuV3Device Create(KernelMachine machine, DriverSpec driver, DeviceOptions options)
    {
        var settings = new DeviceSettings(driver, options);
        return new SmmuV3Device(machine, driver.Ops, options)
        {
            HasStage1 = !settings.Is("stages", "s2"),
            HasStage2 = !settings.Is("stages", "s1"),
            HasRangeInvalidation = settings.Is("ril", "yes"),
            Unit = settings["unit"],
            SsidBits = byte.Parse(settings["ssid-bits"], CultureInfo.InvariantCulture),
            Stalls = settings.Is("stall", "yes"),
            CacheCoherency = settings.Is("coherent", "yes"),
            ReservedRegions = [s_msi, .. options.Reserved],
        };
    }

    // Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_detach_dev(), v6.2.
    public void Detach()
    {
        if (Domain is not null)
            Domain.Devices.Remove(this);
        Domain = null;
        Attached = null;
    }

    public void Join(SmmuV3Domain domain)
    {
        Domain = domain;
        domain.Devices.Add(this);
    }

    private static string[] SsidBitCounts()
    {
        var counts = new string[MaxSsidBits + 1];
        for (var n = 0; n < counts.Length; n++)
            counts[n] = n.ToString(CultureInfo.InvariantCulture);
        return counts;
    }
}
