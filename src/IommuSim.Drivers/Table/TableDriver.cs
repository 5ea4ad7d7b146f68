using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Table;

/// <summary>
/// Turns a table into a driver: paging domains without a parent, nested ones with a parent, and for
/// the data of both the convention of the kernel it is added to. It looks at the size of the data
/// and at nothing in it.
/// </summary>
internal static class TableDriver
{
    /// <summary>The driver as a kernel with this convention has it.</summary>
    public static DriverSpec Create(TableDriverDefinition definition, UserDataConvention convention)
    {
        var driver = new TableDriverOps(definition, convention);
        return new DriverSpec(
            definition.Name,
            "a driver that is only a table",
            driver.Ops,
            static (machine, spec, options) => new IommuDevice(machine, spec.Ops, options)
        )
        {
            Source = "a driver file",
        };
    }

    /// <summary>The rows that the core sees: those that the driver advertises, right or wrong.</summary>
    internal static IEnumerable<HwptTypeRow> Advertised(TableDriverDefinition definition)
    {
        foreach (var type in definition.AdvertisedTypes)
        {
            var row = definition.Types.FirstOrDefault(r => r.Type == type);
            yield return row.Name is null ? new HwptTypeRow(type, $"type {type}", 0, 0) : row;
        }
    }

    /// <summary>What a kernel returns for a type that the driver does not implement.</summary>
    internal static Errno UnknownType(UserDataConvention convention) =>
        convention == UserDataConvention.Merged ? Errno.EOPNOTSUPP : Errno.EINVAL;
}
