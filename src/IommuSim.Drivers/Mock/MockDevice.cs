using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>A device of the mock driver. Its options are faults that the kernel's own mock does not have.</summary>
internal sealed class MockDevice(KernelMachine machine, IommuOps ops, DeviceOptions options)
    : IommuDevice(machine, ops, options),
        ISelftestDevice
{
    public const int CacheCount = 4;

    private const int PasidBits = 20;

    private static readonly LockClass s_iopfClass = new("&mdev->iopf_rwsem");

    private readonly uint[] _cache = MakeCache();
    private static readonly LockClass s_viommuClass = new("&mdev->viommu_rwsem");

    private RwSemaphore? _iopfRwsem;
    private RwSemaphore? _viommuRwsem;

    public static ImmutableArray<DriverOption> Options { get; } =
    [
        new("enforce", ["no", "yes"], "its IOMMU can force coherent DMA on paging domains"),
        new("coherent", ["yes", "no"], "its DMA is coherent; without, it cannot be bound"),
        new("nested", ["right", "wrong-type"], "the type of the domains that its driver calls nested"),
        new("invalidate", ["yes", "no"], "whether its nested domains have an invalidation op"),
    ];

    /// <summary>From 6.12 on also what its flags say; huge pages only there.</summary>
    public static ImmutableArray<DriverOption> Options612 { get; } =
    [
        .. Options,
        new("dirty", ["yes", "no"], "it can track dirty pages: MOCK_FLAGS_DEVICE_NO_DIRTY"),
        new("huge", ["no", "yes"], "it has large pages: MOCK_FLAGS_DEVICE_HUGE_IOVA"),
    ];

    /// <summary>6.15.</summary>
    public static ImmutableArray<DriverOption> Options615 { get; } =
    [.. Options612, new("pasid", ["no", "yes"], "it has 2^20 PASIDs: MOCK_FLAGS_DEVICE_PASID")];

    /// <summary>6.17.</summary>
    public static ImmutableArray<DriverOption> Options617 { get; } =
    [
        .. Options615,
        new(
            "vdevice",
            ["none", "own", "too-small"],
            "whether its driver has vDEVICEs of its own, for vIOMMUs on its hwpts, and how large"
        ),
    ];

    /// <summary>7.3.</summary>
    public static ImmutableArray<DriverOption> Options73 { get; } =
    [.. Options617.Where(option => option.Name != "huge")];

    /// <summary>The driver returns a paging domain where a nested one is asked for.</summary>
    public bool ReturnsWrongType { get; private init; }

    /// <summary>The driver's nested ops have no cache_invalidate_user.</summary>
    public bool LacksInvalidate { get; private init; }

    public RwSemaphore IopfRwsem => _iopfRwsem ??= new RwSemaphore(Machine, s_iopfClass);

    public ReadOnlySpan<uint> Cache => _cache;

    public RwSemaphore ViommuRwsem => _viommuRwsem ??= new RwSemaphore(Machine, s_viommuClass);

    public IViommu? Viommu { get; private set; }

    public ulong VirtualId { get; private set; }

    /// <summary>Attached domains with a fault handler.</summary>
    public int IopfReferences { get; internal set; }

    /// <summary>Bytes of a vDEVICE that the driver asks for; 0 where it has none of its own.</summary>
    internal int VdeviceSize { get; private init; }

    /// <summary>Its domains have large pages too; 6.12.</summary>
    public bool HasHugePages { get; private init; }

    /// <summary>The next attach of the PASID that is kept for tests fails.</summary>
    internal bool FailsNextReservedPasid { get; set; }

    public static MockDevice Create(KernelMachine machine, DriverSpec driver, DeviceOptions options, bool dirtyTracking)
    {
        var settings = new DeviceSettings(driver, options);
        return new MockDevice(machine, driver.Ops, options)
        {
            IsMock = true,
            DirtyTracking = dirtyTracking && !settings.Says("dirty", "no"),
            VdeviceSize =
                settings.Says("vdevice", "own") ? ViommuOps.CoreVdeviceSize + 8
                : settings.Says("vdevice", "too-small") ? ViommuOps.CoreVdeviceSize - 8
                : 0,
            // Without the option the selftest says 0 bits, which is one PASID: that of the device itself.
            MaxPasids = 1u << (settings.Says("pasid", "yes") ? PasidBits : 0),
            HasHugePages = settings.Says("huge", "yes"),
            EnforceCacheCoherency = settings.Is("enforce", "yes"),
            CacheCoherency = settings.Is("coherent", "yes"),
            ReturnsWrongType = settings.Is("nested", "wrong-type"),
            LacksInvalidate = settings.Is("invalidate", "no"),
        };
    }

    internal void SetViommu(IViommu? viommu, ulong virtualId) => (Viommu, VirtualId) = (viommu, virtualId);

    internal void FillCache(uint value) => Array.Fill(_cache, value);

    internal void SetCache(int index, uint value) => _cache[index] = value;

    private static uint[] MakeCache()
    {
        var cache = new uint[CacheCount];
        Array.Fill(cache, SelftestConstants.IOMMU_TEST_DEV_CACHE_DEFAULT);
        return cache;
    }
}
