using IommuSim.Machine;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Catalog;

/// <summary>Reads the build switches of scenarios and the command line.</summary>
internal static class BuildSwitchParser
{
    private static readonly SwitchRow[] s_rows =
    [
        new("CONFIG_IOMMUFD_TEST", "y", "n", b => b.IommufdTest, (b, first) => b with { IommufdTest = first }),
        new("CONFIG_IOMMUFD_NOIOMMU", "y", "n", b => b.IommufdNoiommu, (b, first) => b with { IommufdNoiommu = first }),
        new("stack", "zero", "garbage", b => b.ZeroedStack, (b, first) => b with { ZeroedStack = first }),
        new("gcc", "O2", "O0", b => b.Optimized, (b, first) => b with { Optimized = first }),
    ];

    /// <summary>The keys, for those who suggest one.</summary>
    public static IEnumerable<string> Keys => s_rows.Select(row => row.Key);

    /// <summary>
    /// Applies the switches to <paramref name="start"/> in order. False, with a sentence that says
    /// what would have been right, for an unknown key or value.
    /// </summary>
    public static bool TryParse(
        IEnumerable<(string Key, string Value)> switches,
        BuildSwitches start,
        out BuildSwitches build,
        out string error
    )
    {
        build = start;
        error = "";
        foreach (var (key, value) in switches)
        {
            var row = Array.Find(s_rows, r => r.Key == key);
            if (row is null)
            {
                var all = string.Join(", ", s_rows.Select(r => $"{r.Key}={r.First}|{r.Second}"));
                error = $"unknown build switch '{Token.Shorten(key)}'; the switches are {all}";
                return false;
            }

            if (value != row.First && value != row.Second)
            {
                error =
                    $"'{Token.Shorten(value)}' is no value of {row.Key}; " + $"expected {row.First} or {row.Second}";
                return false;
            }

            build = row.Apply(build, value == row.First);
        }

        return true;
    }

    /// <summary>The switches that make one build of another, <c>KEY=VALUE</c> each.</summary>
    public static IEnumerable<string> Between(BuildSwitches start, BuildSwitches build) =>
        s_rows
            .Where(row => row.IsFirst(start) != row.IsFirst(build))
            .Select(row => $"{row.Key}={(row.IsFirst(build) ? row.First : row.Second)}");

    private sealed record SwitchRow(
        string Key,
        string First,
        string Second,
        Func<BuildSwitches, bool> IsFirst,
        Func<BuildSwitches, bool, BuildSwitches> Apply
    );
}
