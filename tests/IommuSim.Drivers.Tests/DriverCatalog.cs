using System.Reflection;
using IommuSim.Iommu;

namespace IommuSim.Drivers.Tests;

/// <summary>Every generation of every driver of the assembly, found by reflection.</summary>
internal static class DriverCatalog
{
    private static readonly SortedDictionary<string, DriverSpec> s_specs = Find();

    /// <summary>Names such as <c>IntelVtd.March2023</c>.</summary>
    public static IEnumerable<string> Names => s_specs.Keys;

    public static DriverSpec Get(string name) => s_specs[name];

    private static SortedDictionary<string, DriverSpec> Find()
    {
        var specs = new SortedDictionary<string, DriverSpec>(StringComparer.Ordinal);
        foreach (var type in typeof(DeviceSettings).Assembly.GetTypes())
        {
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Static))
            {
                if (property.PropertyType == typeof(DriverSpec))
                    specs.Add($"{type.Name}.{property.Name}", (DriverSpec)property.GetValue(null)!);
            }
        }

        return specs;
    }
}
