using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>Binds the device headers: every kernel of the scenario must have the driver.</summary>
internal sealed class DeviceBinder(
    KernelCatalog catalog,
    ImmutableArray<KernelNode> kernels,
    SourceText source,
    DiagnosticSink sink
)
{
    private const string Group = "group";
    private const string Reserved = "reserved";

    private static readonly Dictionary<string, ReservedKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["direct"] = ReservedKind.Direct,
        ["relaxable"] = ReservedKind.DirectRelaxable,
        ["reserved"] = ReservedKind.Reserved,
        ["msi"] = ReservedKind.Msi,
        ["sw_msi"] = ReservedKind.SoftwareMsi,
    };

    public ImmutableArray<BoundHardware> Bind(IReadOnlyList<DeviceDeclaration> devices) => [.. devices.Select(Bind)];

    private BoundHardware Bind(DeviceDeclaration device)
    {
        var drivers = DriversOf(device);
        var options = new DeviceOptions(device.Name.Text, device.Name.Text);
        foreach (var setting in device.Settings)
        {
            switch (setting.Key.Text)
            {
                case Group:
                    options = options with { Group = Text(setting.Value) };
                    break;
                case Reserved:
                    options = options with { Reserved = Regions(setting.Value) };
                    break;
                default:
                    var value = Text(setting.Value);
                    CheckOption(device, setting, value, drivers);
                    options = options with { Settings = options.Settings.SetItem(setting.Key.Text, value) };
                    break;
            }
        }

        return new BoundHardware(device.Driver.Text, options);
    }

    /// <summary>The driver in every kernel that has it; those that have not are reported.</summary>
    private List<DriverSpec> DriversOf(DeviceDeclaration device)
    {
        var found = new List<DriverSpec>();
        var without = new List<string>();
        foreach (var kernel in kernels)
        {
            var drivers = catalog.SpecOf(kernel).Drivers;
            if (drivers.FirstOrDefault(d => d.Name == device.Driver.Text) is { } driver)
                found.Add(driver);
            else
                without.Add(kernel.Name);
        }

        if (without.Count == 0)
            return found;
        var known = kernels
            .SelectMany(k => catalog.SpecOf(k).Drivers)
            .Select(d => d.Name)
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        var shown = Token.Shorten(device.Driver.Text);
        var all = string.Join(", ", known);
        var message =
            found.Count == 0
                ? $"unknown driver '{shown}'; the kernels of this scenario have {all}"
                : $"there is no driver '{shown}' in {string.Join(", ", without)}";
        sink.Error(device.Driver.Span, message, NearestWord.Find(device.Driver.Text, known));
        return found;
    }

    private void CheckOption(DeviceDeclaration device, Setting setting, string value, List<DriverSpec> drivers)
    {
        var name = setting.Key.Text;
        foreach (var driver in drivers)
        {
            var option = driver.Options.FirstOrDefault(o => o.Name == name);
            if (option is null)
            {
                string[] known = [Group, Reserved, .. driver.Options.Select(o => o.Name)];
                sink.Error(
                    setting.Key.Span,
                    $"a device of '{device.Driver}' has no option '{Token.Shorten(name)}'; "
                        + $"it has {string.Join(", ", known)}",
                    NearestWord.Find(name, known)
                );
                return;
            }

            if (option.Values.Count > 1 && !option.Values.Contains(value, StringComparer.Ordinal))
            {
                sink.Error(
                    setting.Value.Span,
                    $"'{Token.Shorten(value)}' is no value of '{name}'; "
                        + $"expected {string.Join(", ", option.Values)}",
                    NearestWord.Find(value, option.Values)
                );
                return;
            }
        }
    }

    /// <summary>FIRST-LAST, KIND(FIRST-LAST), or a list of them.</summary>
    private ImmutableArray<ReservedRegion> Regions(Value value)
    {
        IReadOnlyList<Value> items = value is ListValue list ? list.Items : [value];
        var regions = ImmutableArray.CreateBuilder<ReservedRegion>();
        foreach (var item in items)
        {
            if (Region(item) is { } region)
                regions.Add(region);
        }

        return regions.ToImmutable();
    }

    private ReservedRegion? Region(Value value)
    {
        switch (value)
        {
            case RangeValue range:
                return new ReservedRegion(range.First, range.Last, ReservedKind.Reserved);
            case CallValue { Arguments: [RangeValue range] } call
                when s_kinds.TryGetValue(call.Function.Text, out var kind):
                return new ReservedRegion(range.First, range.Last, kind);
            default:
                var word = (value as CallValue)?.Function.Text ?? "";
                sink.Error(
                    value.Span,
                    "a reserved region is FIRST-LAST, or KIND(FIRST-LAST) with a kind of "
                        + string.Join(", ", s_kinds.Keys),
                    NearestWord.Find(word, s_kinds.Keys)
                );
                return null;
        }
    }

    /// <summary>The value as written; drivers read their settings themselves.</summary>
    private string Text(Value value) => SettingText.Of(value, source);
}
