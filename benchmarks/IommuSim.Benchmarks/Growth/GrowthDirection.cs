using IommuSim.Benchmarks.EndToEnd;

namespace IommuSim.Benchmarks.Growth;

/// <summary>A number that a machine can grow in.</summary>
/// <param name="Name">As plots print it.</param>
/// <param name="Sizes">Ascending.</param>
/// <param name="Grow">Makes a machine of this size, and answers the operations on it.</param>
public sealed record GrowthDirection(string Name, IReadOnlyList<int> Sizes, Func<int, IReadOnlyList<Operation>> Grow)
{
    public static IReadOnlyList<GrowthDirection> All { get; } =
    [
        new("live objects", [10, 100, 1_000, 10_000, 100_000, 1_000_000], Grown.WithObjects),
        new("domains in one IOAS", [1, 10, 100, 1_000, 10_000, 100_000], Grown.WithDomains),
        new("groups", [1, 10, 100, 1_000, 10_000], Grown.WithGroups),
        new("devices in one group", [1, 10, 100, 1_000], Grown.WithDevices),
    ];
}
