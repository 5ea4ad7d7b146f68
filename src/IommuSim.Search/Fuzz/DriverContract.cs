using IommuSim.Iommu;
using IommuSim.Search.Invariants;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// I18 from the other side: what a driver's ops must answer whoever calls them. Asked of a device
/// of every driver, on a machine of its own.
/// </summary>
internal static class DriverContract
{
    /// <summary>The first driver that breaks it, and how; nulls when none does.</summary>
    public static (string? Driver, Violation? Violation) FirstBroken(FuzzTarget target)
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
