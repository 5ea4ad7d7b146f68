using IommuSim.Iommu;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Json;

/// <summary>A driver as some kernels have it.</summary>
internal sealed record DriverJson(
    string Name,
    string Summary,
    string Source,
    IReadOnlyList<string> Kernels,
    uint DriverType,
    string Ops,
    IReadOnlyList<DriverJson.TypeJson> Types,
    IReadOnlyList<DriverJson.OptionJson> Options
)
{
    public static DriverJson Of(DriverSpec driver, IEnumerable<string> kernels) =>
        new(
            driver.Name,
            driver.Summary,
            driver.Source,
            [.. kernels],
            driver.Ops.DriverType,
            DriverText.Ops(driver.Ops),
            [.. driver.Ops.HwptTypes.Select(t => new TypeJson(t.Type, t.Name, t.AllocSize, t.InvalidateSize))],
            [.. driver.Options.Select(o => new OptionJson(o.Name, o.Values, o.Meaning))]
        );

    internal sealed record TypeJson(uint Type, string Name, int AllocSize, int InvalidateSize);

    internal sealed record OptionJson(string Name, IReadOnlyList<string> Values, string Meaning);
}
