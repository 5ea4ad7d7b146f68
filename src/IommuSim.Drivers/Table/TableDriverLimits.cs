using IommuSim.Iommu;

namespace IommuSim.Drivers.Table;

/// <summary>What a driver file may hold at most; the kernel's drivers stay far below.</summary>
internal static class TableDriverLimits
{
    /// <summary>Bytes of allocation data, and of one invalidation request.</summary>
    public const int MaxDataSize = 256;

    /// <summary>Bytes that GET_HW_INFO returns.</summary>
    public const int MaxHwInfoSize = IommuOps.MaxHwInfoSize;

    public const int MaxTypes = 64;
}
