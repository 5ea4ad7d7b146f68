using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;

namespace IommuSim.Iommufd;

/// <summary>A kernel as a value: all its tables. A patch is a <c>with</c> expression.</summary>
internal sealed record IommufdSpec
{
    /// <summary>The ioctl table, by ascending number.</summary>
    public required ImmutableArray<IoctlRow> Ioctls { get; init; }

    public required ObjectLifetime Lifetime { get; init; }

    public required AttachRules Attach { get; init; }

    /// <summary>The drivers, the mock first.</summary>
    public required ImmutableArray<DriverSpec> Drivers { get; init; }

    /// <summary>Operations of IOMMU_TEST_CMD by number.</summary>
    public required ImmutableArray<TestOpRow> TestOps { get; init; }

    /// <summary>Calls of VFIO's containers, whose numbers are below those of the ioctl table.</summary>
    public ImmutableArray<IoctlRow> Containers { get; init; } = [];

    /// <summary>All calls by number: of containers, then of the ioctl table.</summary>
    public IEnumerable<IoctlRow> Calls => Containers.Concat(Ioctls);

    /// <summary>Creates the policy of the seed question; null where the core does not check types.</summary>
    public Func<IommufdSpec, IHwptTypePolicy>? HwptTypes { get; init; }

    /// <summary>How drivers get their data, for drivers that are described by a table alone.</summary>
    public UserDataConvention UserData { get; init; }

    /// <summary>Bytes of the largest struct in the ioctl buffer that is no ioctl's own argument.</summary>
    public int ExtraUnionSize { get; init; }

    /// <summary>The bugs that it has.</summary>
    public BugSet Bugs { get; init; } = BugSet.None;

    public required GroupRules Groups { get; init; }

    public IommufdSpec WithBugs(params IEnumerable<Bug> bugs) => this with { Bugs = KernelBugs.SetOf(bugs) };

    public IommufdSpec WithIoctl(IoctlRow row) =>
        this with
        {
            Ioctls = Sorted(Ioctls.Where(r => r.Nr != row.Nr).Append(row), static r => r.Nr),
        };

    public IommufdSpec WithoutIoctl(uint nr) => this with { Ioctls = Ioctls.RemoveAll(r => r.Nr == nr) };

    /// <summary>Replaces the test operations of the same numbers, or adds them.</summary>
    public IommufdSpec WithTestOps(params ImmutableArray<TestOpRow> rows) =>
        this with
        {
            TestOps = Sorted(
                TestOps.Where(old => rows.All(row => row.Op != old.Op)).Concat(rows),
                static row => row.Op
            ),
        };

    /// <summary>Replaces the driver of this name, or adds it.</summary>
    public IommufdSpec WithDriver(DriverSpec driver)
    {
        var index = Drivers.IndexOf(Drivers.FirstOrDefault(d => d.Name == driver.Name)!);
        return this with { Drivers = index < 0 ? Drivers.Add(driver) : Drivers.SetItem(index, driver) };
    }

    /// <summary>Removes the drivers of these names: those whose source for this kernel is not modelled.</summary>
    public IommufdSpec WithoutDrivers(params ReadOnlySpan<string> names)
    {
        var kept = ImmutableArray.CreateBuilder<DriverSpec>();
        foreach (var driver in Drivers)
        {
            if (!names.Contains(driver.Name))
                kept.Add(driver);
        }

        return this with
        {
            Drivers = kept.ToImmutable(),
        };
    }

    /// <summary>
    /// By number; rows of one number keep their order. OrderBy would be compiled for the type of the number at each
    /// start of the command.
    /// </summary>
    private static ImmutableArray<T> Sorted<T>(IEnumerable<T> rows, Func<T, uint> number)
        where T : class
    {
        var sorted = ImmutableArray.CreateBuilder<T>();
        foreach (var row in rows)
        {
            var at = sorted.Count;
            while (at > 0 && number(sorted[at - 1]) > number(row))
                at--;
            sorted.Insert(at, row);
        }

        return sorted.ToImmutable();
    }
}
