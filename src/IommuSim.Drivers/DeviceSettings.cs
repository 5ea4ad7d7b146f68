using IommuSim.Iommu;

namespace IommuSim.Drivers;

/// <summary>
/// The settings of one device, checked against what its driver understands. An unknown name or value is an
/// <see cref="ArgumentException"/> whose message names what is accepted.
/// </summary>
internal sealed class DeviceSettings
{
    private readonly DriverSpec _driver;
    private readonly DeviceOptions _options;

    public DeviceSettings(DriverSpec driver, DeviceOptions options)
    {
        _driver = driver;
        _options = options;
        foreach (var (name, value) in options.Settings)
        {
            var option = driver.Options.FirstOrDefault(o => o.Name == name);
            if (option is null)
                throw new ArgumentException($"{driver.Name} has no option '{name}': it knows {KnownNames()}");
            if (option.Values.Count > 1 && !option.Values.Contains(value, StringComparer.Ordinal))
            {
                var known = string.Join(", ", option.Values);
                throw new ArgumentException($"'{value}' is no value of {driver.Name}'s '{name}': expected {known}");
            }
        }
    }

    public bool Is(string name, string value) => this[name] == value;

    /// <summary>As <see cref="Is"/>, and false where the driver has no such option.</summary>
    public bool Says(string name, string value) => _driver.Options.Any(o => o.Name == name) && Is(name, value);

    /// <summary>The setting, or the first of the option's values.</summary>
    public string this[string name] =>
        _options.Settings.TryGetValue(name, out var value)
            ? value
            : _driver.Options.First(o => o.Name == name).Values[0];

    private string KnownNames() =>
        _driver.Options.IsEmpty ? "none" : string.Join(", ", _driver.Options.Select(o => o.Name));
}
