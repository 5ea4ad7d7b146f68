using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// <em>Advertise = accept</em>: a type is allocated with well-formed data exactly when GET_HW_INFO
/// lists it. Asked only where there is a list.
/// </summary>
public static class AdvertiseAccept
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
