using IommuSim.Iommu;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Devices;

/// <summary>
/// The words behind "device NAME: mock", as far as a source kernel's own mock driver can do what they say.
/// </summary>
internal static class DeviceWords
{
    private const string Mock = "mock";

    private static readonly DriverOption[] s_always =
    [
        new("enforce", ["no", "yes"], "its IOMMU can force coherent DMA on paging domains"),
        new("coherent", ["yes", "no"], "its DMA is coherent; without, it cannot be bound"),
        new("nested", ["right", "wrong-type"], "the type of the domains that its driver calls nested"),
        new("invalidate", ["yes", "no"], "whether its nested domains have an invalidation op"),
    ];

    private static readonly DriverOption s_dirty = new("dirty", ["yes", "no"], "it can track dirty pages");
    private static readonly DriverOption s_huge = new("huge", ["no", "yes"], "it has large pages");
    private static readonly DriverOption s_pasid = new("pasid", ["no", "yes"], "it has 2^20 PASIDs");

    private static readonly DriverOption s_vdevice = new(
        "vdevice",
        ["none", "own", "too-small"],
        "whether its driver has vDEVICEs of its own, and how large"
    );

    /// <summary>The options that the mock driver of this kernel has.</summary>
    public static IReadOnlyList<DriverOption> OptionsOf(KernelImage image)
    {
        var options = new List<DriverOption>(s_always);
        if (image.HasMember("mock_dev", "flags"))
            options.Add(s_dirty);
        if (image.HasMember("mock_dev", "flags") && !HasPasids(image))
            options.Add(s_huge);
        if (HasPasids(image))
            options.Add(s_pasid);
        if (image.HasMember("iommufd_viommu_ops", "vdevice_size"))
            options.Add(s_vdevice);
        return options;
    }

    /// <summary>
    /// One sentence for a driver, an option or a value that this kernel does not have; null for none.
    /// </summary>
    public static string? Refuse(KernelImage image, string driver, DeviceOptions options)
    {
        if (driver != Mock)
            return $"a kernel made of C has no driver '{driver}', only its own mock driver";
        if (!image.Has("mock_ops"))
            return "this kernel was built without its mock driver, CONFIG_IOMMUFD_TEST";
        var known = OptionsOf(image);
        foreach (var (name, value) in options.Settings)
        {
            var option = known.FirstOrDefault(o => o.Name == name);
            if (option is null)
                return $"this kernel's own mock driver has no option '{name}'";
            if (!option.Values.Contains(value, StringComparer.Ordinal))
                return $"'{value}' is no value of mock's '{name}': expected {string.Join(", ", option.Values)}";
        }

        return null;
    }

    /// <summary>The flags that the driver itself knows: C's MOCK_FLAGS_DEVICE_*.</summary>
    public static ulong FlagsOf(DeviceOptions options) =>
        (Says(options, "dirty", "no") ? 1u : 0)
        | (Says(options, "huge", "yes") ? 2u : 0)
        | (Says(options, "pasid", "yes") ? 4u : 0);

    public static bool Says(DeviceOptions options, string name, string value) =>
        options.Settings.TryGetValue(name, out var said) && said == value;

    public static ScenarioDevice DeviceOf(DeviceOptions options, ulong address) =>
        new(options.Name, options.Group, address)
        {
            Reserved = options.Reserved,
            IsCoherent = !Says(options, "coherent", "no"),
            Enforces = Says(options, "enforce", "yes"),
            CanInvalidate = !Says(options, "invalidate", "no"),
            ReturnsWrongType = Says(options, "nested", "wrong-type"),
            HasOwnVdevices = Says(options, "vdevice", "own") || Says(options, "vdevice", "too-small"),
            HasTooSmallVdevices = Says(options, "vdevice", "too-small"),
        };

    private static bool HasPasids(KernelImage image) => image.HasMember("mock_dev", "pasid_1024_fake_error");
}
