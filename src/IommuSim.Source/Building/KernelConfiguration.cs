using System.Text.RegularExpressions;

namespace IommuSim.Source.Building;

/// <summary>The options of a kernel with iommufd, its test driver, what the selftest needs, and little else.</summary>
internal static partial class KernelConfiguration
{
    private const string Smp = "CONFIG_SMP=y";
    private const string DebugSpinlock = "CONFIG_DEBUG_SPINLOCK=y";

    private static readonly string[] s_on =
    [
        .. new[] { "EXPERT", "DEBUG_KERNEL", "RUNTIME_TESTING_MENU", "SMP", "SLUB_DEBUG", "DEBUG_LIST" },
        .. new[] { "FAULT_INJECTION", "FAILSLAB", "FAULT_INJECTION_DEBUG_FS", "FAULT_INJECTION_USERCOPY" },
        .. new[] { "DEBUG_FS", "TMPFS", "SHMEM", "MEMFD_CREATE", "DMA_SHARED_BUFFER", "HOSTFS" },
        .. new[] { "IOMMU_SUPPORT", "GENERIC_PT", "IOMMU_PT", "IOMMU_PT_AMDV1", "IOMMUFD", "IOMMUFD_TEST" },
        .. new[] { "VFIO", "VFIO_GROUP", "VFIO_DEVICE_CDEV", "IOMMUFD_VFIO_CONTAINER" },
    ];

    private static readonly string[] s_off =
    [
        .. new[] { "VFIO_CONTAINER", "VFIO_NOIOMMU", "MODULES", "WERROR", "LOCALVERSION_AUTO" },
        .. new[] { "NET", "SOUND", "UML_SOUND", "INPUT", "VT" },
        .. new[] { "EXT4_FS", "BTRFS_FS", "XFS_FS", "ISO9660_FS", "QUOTA", "AUTOFS_FS" },
    ];

    /// <summary>What IOMMUFD_TEST depends on in one version or another, from the outside in.</summary>
    private static readonly string[] s_needed =
    [
        .. new[] { "DEBUG_KERNEL", "RUNTIME_TESTING_MENU", "FAULT_INJECTION", "IOMMU_SUPPORT", "GENERIC_PT" },
        .. new[] { "IOMMU_PT", "IOMMU_PT_AMDV1", "IOMMUFD" },
    ];

    /// <summary>All that decides on a configuration, beside the tree and the tools.</summary>
    public static string Recipe =>
        $"on {string.Join(' ', s_on)} off {string.Join(' ', s_off)} without SMP {DebugSpinlock}";

    /// <summary>Makes the .config of the folder of objects, and what kbuild makes of it.</summary>
    /// <param name="fragment">Lines of the user's, which come last.</param>
    public static async Task MakeAsync(KernelMake make, string? fragment, CancellationToken cancel)
    {
        await make.RunAsync(["defconfig"], jobs: 1, line: null, cancel);
        var path = Path.Combine(make.Objects, ".config");
        var ours = s_on.Select(name => $"CONFIG_{name}=y").Concat(s_off.Select(Unset));
        await CompleteAsync(Merge(Merge(await File.ReadAllLinesAsync(path, cancel), ours), Lines(fragment)));
        var made = await File.ReadAllLinesAsync(path, cancel);
        // Without either of them spin_lock() is no call, and nothing could check spinlocks.
        if (!made.Contains(Smp, StringComparer.Ordinal))
            await CompleteAsync(Merge(made, [DebugSpinlock]));

        // Each start of Kconfig asks the compiler a hundred times what it can. This one writes for kbuild what is not
        // there, as syncconfig would.
        async Task CompleteAsync(IReadOnlyList<string> lines)
        {
            await File.WriteAllLinesAsync(path, lines, cancel);
            var written = Path.Combine(make.Objects, "include/config/auto.conf");
            if (File.Exists(written))
                File.Delete(written);
            await make.RunAsync(["olddefconfig"], jobs: 1, line: null, cancel);
        }
    }

    /// <summary>The files that options came from, as kbuild wrote them down.</summary>
    public static IEnumerable<string> Inputs(KernelMake make) =>
        KernelMake
            .ReadPrerequisites(File.ReadLines(Path.Combine(make.Objects, "include/config/auto.conf.cmd")))
            .Select(path => Path.Combine(make.Sources, path));

    /// <summary>The lines of a configuration, without those that others set anew, and then the others.</summary>
    public static IReadOnlyList<string> Merge(IEnumerable<string> lines, IEnumerable<string> others)
    {
        var later = others.ToList();
        var set = later.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        return [.. lines.Where(line => NameOf(line) is not { } name || !set.Contains(name)), .. later];
    }

    /// <summary>Ends the build where the test driver is not configured; else what the user should know.</summary>
    public static List<string> Check(KernelTree tree, string[] config, string? fragment)
    {
        var lines = config.ToHashSet(StringComparer.Ordinal);
        if (!lines.Contains("CONFIG_IOMMUFD_TEST=y"))
            throw new SourceBuildException(WhyNoTest(tree, config, lines)) { IsOfTree = true };
        var notes = new List<string>();
        if (!lines.Contains(Smp))
        {
            var spinlocks = lines.Contains(DebugSpinlock) ? "kept by CONFIG_DEBUG_SPINLOCK" : "not compiled";
            notes.Add(
                $"Linux {tree.Version} is built without SMP, which its um does not have: spinlocks are {spinlocks}"
            );
        }

        foreach (var wanted in Lines(fragment).Where(line => NameOf(line) is not null))
        {
            // An option that does not exist or depends on another is set by no line.
            var isOff =
                wanted == Unset(NameOf(wanted)!["CONFIG_".Length..]) || wanted.EndsWith("=n", StringComparison.Ordinal);
            if (isOff ? lines.Contains(NameOf(wanted) + "=y") : !lines.Contains(wanted))
                notes.Add($"'{wanted}' of the fragment did not come out: another option forbids or selects it");
        }

        return notes;
    }

    private static string WhyNoTest(KernelTree tree, string[] config, HashSet<string> lines)
    {
        var known = tree.Has("drivers/iommu/generic_pt/Kconfig");
        var off = s_needed
            .Where(name =>
                known
                || !(
                    name.StartsWith("GENERIC_PT", StringComparison.Ordinal)
                    || name.StartsWith("IOMMU_PT", StringComparison.Ordinal)
                )
            )
            .Where(name => !lines.Contains($"CONFIG_{name}=y"))
            .ToList();
        var set = config.Where(line => off.Contains(NameOf(line)?["CONFIG_".Length..] ?? "", StringComparer.Ordinal));
        var lacking = string.Join(", ", off);
        var found = string.Join("; ", set.DefaultIfEmpty("not in .config"));
        var why =
            off.Count == 0
                ? "see what drivers/iommu/iommufd/Kconfig wants for it"
                : $"{lacking} did not come out as y ({found})";
        return $"the configuration has no CONFIG_IOMMUFD_TEST=y: {why}";
    }

    private static string Unset(string name) => $"# CONFIG_{name} is not set";

    private static IEnumerable<string> Lines(string? fragment) =>
        (fragment ?? "").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);

    private static string? NameOf(string line) =>
        OptionLine().Match(line) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex(@"^(?:# )?(?<name>CONFIG_\w+)(?:=| is not set$)", RegexOptions.None, 1000)]
    private static partial Regex OptionLine();
}
