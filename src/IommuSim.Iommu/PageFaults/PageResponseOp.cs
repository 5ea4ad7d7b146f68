namespace IommuSim.Iommu.PageFaults;

/// <summary>The driver tells the device what became of its request.</summary>
public delegate void PageResponseOp(IommuDevice device, PageRequest request, PageResponse response);
