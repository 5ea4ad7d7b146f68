using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Iommu;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Draw;

/// <summary>
/// Draws the hardware of a run: one to four devices of any drivers, often two in a group, with
/// reserved regions, on units with options at random. What shares a unit or a group has the same
/// options, as on a real board.
/// </summary>
internal sealed class DeviceGenerator(SearchTarget target)
{
    private const int MaxDevices = 4;

    /// <summary>No MSI windows: drivers have their own, and firmware never lists a second one.</summary>
    private static readonly ReservedRegion[] s_regions =
    [
        new(0x10000000, 0x100fffff, ReservedKind.Reserved),
        new(0x20000000, 0x2000ffff, ReservedKind.Direct),
        new(0x30000000, 0x3000ffff, ReservedKind.DirectRelaxable),
    ];

    /// <summary>The devices of a run; <paramref name="crowded"/> makes most of them share a group.</summary>
    public ImmutableArray<DeviceDeclared> Draw(SplitMix random, bool crowded = false)
    {
        var count = 1 + (int)random.Below(MaxDevices);
        var devices = ImmutableArray.CreateBuilder<DeviceDeclared>(count);
        for (var i = 0; i < count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"dev{i}");
            if (i > 0 && random.Below(crowded ? 8u : 2u) != 1)
                devices.Add(Beside(devices[(int)random.Below((uint)i)], name, random));
            else
                devices.Add(Alone(name, i, random));
        }

        return devices.MoveToImmutable();
    }

    /// <summary>A device of the same unit; mostly of the same group.</summary>
    private DeviceDeclared Beside(DeviceDeclared other, string name, SplitMix random)
    {
        var sameGroup = random.Below(4) != 0;
        var made = other with
        {
            Options = other.Options with
            {
                Name = name,
                Group = sameGroup ? other.Options.Group : name,
                Reserved = Regions(random),
            },
        };
        return WithoutIommu(made);
    }

    /// <summary>A device without an IOMMU has no group and reserves nothing.</summary>
    private DeviceDeclared WithoutIommu(DeviceDeclared device) =>
        target.IsNoIommu(device.Driver)
            ? device with
            {
                Options = device.Options with { Group = device.Options.Name, Reserved = [] },
            }
            : device;

    private DeviceDeclared Alone(string name, int index, SplitMix random)
    {
        // The selftest's operations are for the mock alone.
        var driver =
            target.NoIommu is { } without && random.Below(2) == 0 ? without
            : target.HasViommus && random.Below(2) == 0 ? target.Drivers.First(d => d.Name == "mock")
            : random.Pick(target.Drivers);
        var rarely = target.HasViommus ? 4u : 2u;
        var settings = ImmutableDictionary<string, string>.Empty;
        foreach (var option in driver.Options)
        {
            if (option.Values.Count > 1)
            {
                if (option.Name == "vdevice" ? random.Below(4) != 0 : random.Below(rarely) == 0)
                {
                    var value = random.Pick(option.Values);
                    if (value != option.Values[0])
                        settings = settings.SetItem(option.Name, value);
                }
            }
            else if (option.Name == "unit" && index > 0)
            {
                settings = settings.SetItem("unit", string.Create(CultureInfo.InvariantCulture, $"unit{index}"));
            }
        }

        var options = new DeviceOptions(name, name) { Settings = settings, Reserved = Regions(random) };
        return WithoutIommu(new DeviceDeclared(driver.Name, options));
    }

    private ImmutableArray<ReservedRegion> Regions(SplitMix random)
    {
        var regions = DrawRegions(random);
        // The IOMMU core refuses a device with a direct mapping where the driver has no domain for the kernel's DMA.
        return target.IsSource ? regions.RemoveAll(static region => region.Kind == ReservedKind.Direct) : regions;
    }

    private static ImmutableArray<ReservedRegion> DrawRegions(SplitMix random)
    {
        if (random.Below(3) != 0)
            return [];
        var first = s_regions[0];
        if (random.Below(3) != 0)
            return [first];
        var other = random.Pick(s_regions);
        return other == first ? [first] : [first, other];
    }
}
