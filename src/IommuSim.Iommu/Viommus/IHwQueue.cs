using IommuSim.Uapi;

namespace IommuSim.Iommu.Viommus;

/// <summary>A queue in guest memory that the hardware reads: C's struct iommufd_hw_queue.</summary>
internal interface IHwQueue
{
    IViommu Viommu { get; }

    /// <summary>Where the guest sees the queue: an address of the nesting parent.</summary>
    ulong BaseAddress { get; }

    /// <summary>Bytes.</summary>
    ulong Length { get; }

    /// <summary>The driver's part of the struct, behind the core's.</summary>
    object? Private { get; set; }

    /// <summary>Cleans up the driver's part; set by its hw_queue_init_phys.</summary>
    Action<IHwQueue>? DriverDestroy { get; set; }

    /// <summary>This queue must be destroyed before <paramref name="other"/>; EINVAL for the queue itself.</summary>
    Errno DependOn(IHwQueue other);

    /// <summary>Undoes <see cref="DependOn"/>.</summary>
    void Undepend(IHwQueue other);
}
