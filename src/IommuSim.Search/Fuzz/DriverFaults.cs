using System.Collections.Immutable;
using IommuSim.Machine.Reports;

namespace IommuSim.Search.Fuzz;

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
            if (options.Settings.Count == 0)
                continue;
            foreach (var (name, option, value) in s_all)
            {
                if (name == driver && options.Settings.GetValueOrDefault(option) == value)
                    return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether a driver may refuse in this call; none may refuse to block a group that is given up.
    /// </summary>
    public static bool MayRefuse(Call call) =>
        call.Kind is not (CallKind.Detach or CallKind.Unbind or CallKind.Close) && call.Verb != "IOMMU_DESTROY";

    /// <summary>Whether such a report is what a sound core says of a broken driver.</summary>
    public static bool Owes(KernelReport report) => report is { Kind: ReportKind.Warning, Fatal: false };
}
