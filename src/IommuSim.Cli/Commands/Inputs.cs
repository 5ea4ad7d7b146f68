using System.Collections.Immutable;
using IommuSim.Drivers.Table;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Drivers;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary>
/// Turns words of the command line into what they name, or says what is wrong with them.
/// </summary>
internal static class Inputs
{
    /// <summary>The kernels, with the drivers of these files added to each.</summary>
    public static KernelCatalog Catalog(string[]? driverFiles) =>
        driverFiles is { Length: > 0 }
            ? KernelCatalog.Default.WithDrivers(DriverTables(driverFiles))
            : KernelCatalog.Default;

    /// <summary>The drivers of these files.</summary>
    public static IReadOnlyList<TableDriverDefinition> DriverTables(string[] driverFiles)
    {
        var loads = driverFiles.Select(DriverFile.Load).ToArray();
        var errors = loads.SelectMany(load => load.Errors).Select(error => error.TrimEnd() + "\n");
        var text = string.Concat(errors);
        if (text.Length > 0)
            throw new InputErrorException(text) { NamesItsFile = true };
        return [.. loads.SelectMany(load => load.Drivers)];
    }

    public static KernelNode Kernel(KernelCatalog catalog, string name) =>
        KernelNames.TryFind(catalog, name, out var node, out var error) ? node! : throw new InputErrorException(error);

    /// <summary>Refuses what looks into accesses to memory, which models do not have.</summary>
    public static void RequireSource(KernelCatalog catalog, IReadOnlyList<Job> jobs, string what)
    {
        if (jobs.FirstOrDefault(job => !catalog.IsSource(job.Kernel)) is { } job)
        {
            throw new InputErrorException(
                $"{what} looks for data races in kernels made of C, and '{job.Kernel}' is modelled; "
                    + "give --kernel FILE.kernel, which 'iommusim build' makes"
            );
        }
    }

    public static ImmutableArray<ComparedKernel> Kernels(KernelCatalog catalog, IEnumerable<string> texts) =>
        [
            .. texts.Select(text =>
                ComparedKernel.TryParse(text, catalog, out var kernel, out var error)
                    ? kernel!
                    : throw new InputErrorException(error)
            ),
        ];

    /// <summary>
    /// Each of these scenarios on each of these kernels, or on those that it names where none is given;
    /// <paramref name="nothing"/> is the error when there is no such scenario. A kernel made of C gets those that name
    /// the release that it is.
    /// </summary>
    public static IReadOnlyList<Job> Jobs(
        KernelCatalog catalog,
        string[] paths,
        string[]? kernels,
        Func<BoundScenario, bool> isOne,
        string nothing
    )
    {
        var forced = Kernels(catalog, kernels ?? []);
        var load = ScenarioSuite.Load(paths, catalog);
        if (load.Errors.Count > 0)
            throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
        Job[] jobs = [.. load.Scenarios.Where(isOne).SelectMany(JobsOf)];
        return jobs.Length > 0 ? jobs : throw new InputErrorException(nothing);

        IEnumerable<Job> JobsOf(BoundScenario scenario) =>
            forced.Length > 0
                ? forced
                    .Where(k => !catalog.IsSource(k.Node) || scenario.Kernels.Contains(k.Node.StandsFor!))
                    .Select(k => new Job(scenario, k.Node, k.BuildOver(scenario.BuildFor(k.Node))))
                : scenario.Kernels.Select(k => new Job(scenario, k, scenario.BuildFor(k)));
    }

    /// <summary>
    /// Takes off the jobs whose devices a kernel made of C cannot have.
    /// </summary>
    public static IReadOnlyList<RefusedJob> TakeRefused(ref IReadOnlyList<Job> jobs, KernelCatalog catalog)
    {
        if (!jobs.Any(job => catalog.IsSource(job.Kernel)))
            return [];
        var judged = jobs.Select(job => (Job: job, Reason: job.Scenario.RefusalOf(job.Kernel, catalog))).ToArray();
        jobs = [.. judged.Where(j => j.Reason is null).Select(j => j.Job)];
        return [.. judged.Where(j => j.Reason is not null).Select(j => new RefusedJob(j.Job, j.Reason!))];
    }

    /// <summary>Every driver that a kernel has, in the order in which kernels got them.</summary>
    public static IReadOnlyList<string> DriverNames(KernelCatalog catalog) =>
        [
            .. catalog
                .Kernels.SelectMany(k => catalog.SpecOf(k).Drivers)
                .Select(d => d.Name)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>What <c>show</c> knows beside scenarios.</summary>
    public static IEnumerable<string> ShownNames(KernelCatalog catalog) =>
        catalog
            .Kernels.Select(k => k.Name)
            .Concat(DriverNames(catalog))
            .Concat(IoctlHistory.Of(catalog).Select(h => h.Row.Name).Distinct(StringComparer.Ordinal));

    public static string Driver(KernelCatalog catalog, string name)
    {
        var names = DriverNames(catalog);
        return names.Contains(name, StringComparer.Ordinal)
            ? name
            : throw new InputErrorException($"there is no driver '{name}'" + Suggest(name, names));
    }

    /// <summary>Why a kernel whose ioctls are these has none of that name.</summary>
    public static string NoSuchIoctl(KernelCatalog catalog, KernelNode kernel, string name, IEnumerable<string> own)
    {
        var others = IoctlHistory.Of(catalog).Where(h => h.Row.Name == name).SelectMany(h => h.Kernels).ToHashSet();
        if (others.Contains(kernel))
            return $"nothing but the name of {name} is modelled in {kernel}: why it fails is not known";
        if (others.Count > 0)
            return $"{kernel} has no {name}; these have: {KernelNames.Describe(catalog.Kernels, others)}";
        var near = NearestWord.Find(name, own) is { } word ? $"did you mean '{word}'?" : null;
        return $"there is no ioctl '{name}' in {kernel}; {near ?? $"'iommusim ioctls --kernel {kernel}' lists them"}";
    }

    /// <summary><c>; did you mean</c> the nearest word, or a list of all.</summary>
    public static string Suggest(string word, IEnumerable<string> candidates)
    {
        var known = candidates.ToArray();
        return NearestWord.Find(word, known) is { } near
            ? $"; did you mean '{near}'?"
            : $"; expected one of {string.Join(", ", known)}";
    }
}

/// <summary>A scenario to be put to one build of a kernel.</summary>
internal sealed record Job(BoundScenario Scenario, KernelNode Kernel, BuildSwitches Build)
{
    public override string ToString() => $"{Scenario.Name} on {Kernel}";
}

/// <summary>A job that cannot be run.</summary>
/// <param name="Reason">What the kernel cannot have.</param>
internal sealed record RefusedJob(Job Job, string Reason);
