using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Comparison;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I18 from the other side: what a driver's ops must return to any caller. Asked of a device
/// of every driver, on a machine of its own.
/// </summary>
internal static class DriverContract
{
    /// <summary>The first driver that breaks it, and how; nulls when none does.</summary>
    public static (string? Driver, Violation? Violation) FirstBroken(SearchTarget target)
    {
        foreach (var driver in target.Drivers)
        {
            var kernel = target.Boot();
            var device = kernel.AddDevice(driver, new DeviceOptions("dev0", "dev0"));
            var blocking = driver.Ops.DomainAlloc?.Invoke(device, DomainType.Blocked);
            if (blocking is not null && blocking.Type != DomainType.Blocked)
                return (driver.Name, new Violation("I18", "a blocking domain is none"));
        }

        return (null, null);
    }
}

/// <summary>
/// Settings by which a driver breaks its contract with the core. The core owes a warning then, and
/// nothing worse.
/// </summary>
internal static class DriverFaults
{
    private static readonly (string Driver, string Option, string Value)[] s_all =
    [
        ("mock", "nested", "wrong-type"),
        ("mock", "invalidate", "no"),
        ("mock", "vdevice", "too-small"),
    ];

    public static bool Any(ImmutableArray<DeviceDeclared> devices)
    {
        foreach (var (driver, options) in devices)
        {
            if (options.Settings.Count > 0 && Array.Exists(s_all, fault => IsIn(fault, driver, options)))
                return true;
        }

        return false;
    }

    /// <summary>The devices behind drivers that keep the contract.</summary>
    public static ImmutableArray<DeviceDeclared> Without(ImmutableArray<DeviceDeclared> devices) =>
        [.. devices.Select(Without)];

    private static DeviceDeclared Without(DeviceDeclared device)
    {
        var options = device.Options;
        var faults = s_all.Where(fault => IsIn(fault, device.Driver, options)).Select(fault => fault.Option);
        return device with { Options = options with { Settings = options.Settings.RemoveRange(faults) } };
    }

    private static bool IsIn(
        (string Driver, string Option, string Value) fault,
        string driver,
        DeviceOptions options
    ) => fault.Driver == driver && options.Settings.GetValueOrDefault(fault.Option) == fault.Value;

    /// <summary>
    /// Whether such a report is what a sound core says of a broken driver: it warns where it allocates by the driver.
    /// </summary>
    public static bool Owes(KernelReport report) =>
        report is { Kind: ReportKind.Warning, Fatal: false }
        && report.Function.Contains("alloc", StringComparison.Ordinal);
}

/// <summary>
/// <em>Advertise = accept</em>: a type is allocated with well-formed data exactly when GET_HW_INFO
/// lists it. Asked only where there is a list.
/// </summary>
internal static class AdvertiseAccept
{
    private static readonly uint[] s_types =
    [
        .. Enumerable.Range(0, 66).Select(t => (uint)t),
        0xdead,
        0xbadbeef,
        0xffffffff,
    ];

    /// <summary>Types that are listed and refused, or the other way round, by driver; the smallest first.</summary>
    public static IEnumerable<(string Driver, uint Type, bool Listed)> Differences(
        IommufdSpec spec,
        BuildSwitches build
    )
    {
        foreach (var driver in spec.Drivers)
        {
            var probe = new HwptProbe(() => new IommufdKernel(spec, build), spec, build, driver.Name);
            if (probe.GetHwInfo() is not { HasList: true, List: not null } info)
                continue;
            foreach (var type in s_types)
            {
                if (info.Advertises(type) is { } listed && Accepts(probe, driver.Name, type) != listed)
                    yield return (driver.Name, type, listed);
            }
        }
    }

    private static bool Accepts(HwptProbe probe, string driver, uint type)
    {
        foreach (var row in ComparisonRows.ForType(driver, type))
        {
            if (probe.Allocate(row) is { Call.Result.Succeeded: true })
                return true;
        }

        return false;
    }
}
