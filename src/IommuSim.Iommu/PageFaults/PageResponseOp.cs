namespace IommuSim.Iommu.PageFaults;

/// <summary>Tells the device the response to its request.</summary>
internal delegate void PageResponseOp(IommuDevice device, PageRequest request, PageResponse response);
