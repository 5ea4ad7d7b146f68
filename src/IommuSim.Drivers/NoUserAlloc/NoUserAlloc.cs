using IommuSim.Iommu;

namespace IommuSim.Drivers.NoUserAlloc;

/// <summary>
/// An invented driver: VT-d without domain_alloc_user. It names its hardware and claims a type that it cannot allocate.
/// </summary>
internal static class NoUserAlloc
{
    public static DriverSpec March2023 { get; } = Of(IntelVtd.IntelVtd.March2023);

    public static DriverSpec V2 { get; } = Of(IntelVtd.IntelVtd.V2);

    public static DriverSpec V3 { get; } = Of(IntelVtd.IntelVtd.V3);

    public static DriverSpec V4 { get; } = Of(IntelVtd.IntelVtd.V4);

    public static DriverSpec Linux67 { get; } = Of(IntelVtd.IntelVtd.Linux67);

    public static DriverSpec Linux68 { get; } = Of(IntelVtd.IntelVtd.Linux68);

    private static DriverSpec Of(DriverSpec model) =>
        model with
        {
            Name = "no-user-alloc",
            Summary = "made up: describes itself and its types as VT-d does, without domain_alloc_user",
            Ops = model.Ops with { Name = "no_user_alloc_ops", DomainAllocUser = null },
            Source = "no kernel; " + model.Source,
        };
}
