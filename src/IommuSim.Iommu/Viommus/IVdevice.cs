namespace IommuSim.Iommu.Viommus;

/// <summary>A device as a guest sees it behind its vIOMMU: C's struct iommufd_vdevice.</summary>
internal interface IVdevice
{
    IViommu Viommu { get; }

    IommuDevice Device { get; }

    /// <summary>The guest's number for the device, such as its stream id.</summary>
    ulong VirtualId { get; }

    /// <summary>The driver's part of the struct, behind the core's.</summary>
    object? Private { get; set; }

    /// <summary>Cleans up the driver's part; set by its vdevice_init.</summary>
    Action<IVdevice>? DriverDestroy { get; set; }
}
