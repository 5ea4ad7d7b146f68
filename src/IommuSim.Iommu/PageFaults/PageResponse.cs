namespace IommuSim.Iommu.PageFaults;

/// <summary>How a group of page requests was answered: C's enum iommu_page_response_code.</summary>
internal enum PageResponse : uint
{
    /// <summary>Handled: the device tries again.</summary>
    Success = 0,

    /// <summary>Not handled: the device does not try again.</summary>
    Invalid = 1,

    /// <summary>The whole interface is turned off.</summary>
    Failure = 2,
}
