using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.NoHwInfo;

/// <summary>
/// An invented driver: VT-d without hw_info. It can allocate and nest, and shows what user space cannot learn without
/// hw_info.
/// </summary>
internal static class NoHwInfo
{
    /// <summary>For v1, whose core needs its number as the index of a table.</summary>
    public static DriverSpec March2023 { get; } =
        Of(IntelVtd.IntelVtd.March2023, HwInfoType.IOMMU_HW_INFO_TYPE_INTEL_VTD);

    public static DriverSpec V2 { get; } = Of(IntelVtd.IntelVtd.V2);

    public static DriverSpec V3 { get; } = Of(IntelVtd.IntelVtd.V3);

    public static DriverSpec V4 { get; } = Of(IntelVtd.IntelVtd.V4);

    public static DriverSpec Linux67 { get; } = Of(IntelVtd.IntelVtd.Linux67);

    public static DriverSpec Linux68 { get; } = Of(IntelVtd.IntelVtd.Linux68);

    private static DriverSpec Of(DriverSpec model, uint driverType = HwInfoType.IOMMU_HW_INFO_TYPE_NONE) =>
        model with
        {
            Name = "no-hw-info",
            Summary = "made up: allocates and nests as VT-d does, but has no hw_info op",
            Ops = model.Ops with { Name = "no_hw_info_ops", DriverType = driverType, HwInfo = null },
            Source = "no kernel; " + model.Source,
        };
}
