using IommuSim.Iommu.Viommus;
using IommuSim.Machine.Locks;

namespace IommuSim.Iommu;

/// <summary>The part of a mock device that the selftest's own ioctl uses, from 6.12 on.</summary>
internal interface ISelftestDevice
{
    /// <summary>Held for writing by every attach, replace and detach, for reading while a fault is raised.</summary>
    RwSemaphore IopfRwsem { get; }

    /// <summary>The simulated device cache, four entries.</summary>
    ReadOnlySpan<uint> Cache { get; }

    /// <summary>Guards the two below.</summary>
    RwSemaphore ViommuRwsem { get; }

    /// <summary>The vIOMMU whose hwpt is attached, or null. Only that hwpt keeps it alive.</summary>
    IViommu? Viommu { get; }

    /// <summary>The guest's number for the device.</summary>
    ulong VirtualId { get; }

    /// <summary>Attached domains with a fault handler: page faults are on while there are any.</summary>
    int IopfReferences { get; }
}

/// <summary>The part of a mock's vIOMMU that shows which hardware queues it has.</summary>
internal interface ISelftestViommu
{
    /// <summary>A bit for each index that is taken.</summary>
    uint HwQueueMask { get; }
}
