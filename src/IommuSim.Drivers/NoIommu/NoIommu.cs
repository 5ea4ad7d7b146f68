using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Drivers.NoIommu;

/// <summary>
/// Devices without an IOMMU: iommufd itself has ops for them, whose page tables no hardware reads. Nothing keeps such a
/// device from any memory. Models drivers/iommu/iommufd/hwpt_noiommu.c.
/// </summary>
internal static class NoIommu
{
    /// <summary>Every power of two from 4 KiB on, to 2 PiB.</summary>
    private const ulong Sizes = ((1UL << 52) - 1) & ~0xffful;

    /// <summary>Levels are added on top as mappings need them, so that the table reaches all addresses.</summary>
    private static readonly DomainKind s_kind = new(
        DomainType.Unmanaged,
        new DomainOps("noiommu_amdv1_ops").WithPageTable()
    )
    {
        ApertureEnd = ulong.MaxValue,
        PgsizeBitmap = Sizes,
    };

    public static DriverSpec Linux73 { get; } =
        new(
            "noiommu",
            "no IOMMU: tables that tell where memory is, with CONFIG_IOMMUFD_NOIOMMU",
            new IommuOps("iommufd_noiommu_ops")
            {
                IsNoIommu = true,
                DomainAllocUser = Allocate,
                HwptTypes = [new(HwptType.IOMMU_HWPT_DATA_NONE, "IOMMU_HWPT_DATA_NONE", 0, 0)],
            },
            Create
        )
        {
            Source = "drivers/iommu/iommufd/hwpt_noiommu.c, v7.3",
        };

    /// <summary>Nothing is listed of its memory that could be reserved, and no cache is asked.</summary>
    private static IommuDevice Create(KernelMachine machine, DriverSpec driver, DeviceOptions options)
    {
        _ = new DeviceSettings(driver, options);
        return new IommuDevice(machine, driver.Ops, options) { CacheCoherency = false };
    }

    /// <summary>EOPNOTSUPP for flags or data, ENOMEM.</summary>
    // Models noiommu_alloc_paging_flags(), v7.3.
    private static Errno Allocate(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        const string Site = "noiommu_alloc_paging_flags";
        var heap = device.Machine.Heap;
        domain = null;
        if (flags != 0 || data.Present)
            return Errno.EOPNOTSUPP;
        if (!heap.CanAllocate(Site) || !heap.CanAllocate("pt_iommu_init"))
            return Errno.ENOMEM;
        domain = heap.Track(new IommuDomain(s_kind), Site);
        return Errno.OK;
    }
}
