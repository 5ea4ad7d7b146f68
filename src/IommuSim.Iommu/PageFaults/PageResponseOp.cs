namespace IommuSim.Iommu.PageFaults;

/// <summary>Tells the device the response to its request.</summary>
public delegate void PageResponseOp(IommuDevice device, PageRequest request, PageResponse response);
