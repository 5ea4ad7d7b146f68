using System.Globalization;
using System.Text.RegularExpressions;
using IommuSim.Source.Building;

namespace IommuSim.Source.UserMode;

/// <summary>From a tree of the kernel's C to a User-Mode Linux, once for each set of options.</summary>
internal static partial class UmlBuild
{
    /// <summary>How many files Linux 7.3 compiles in this configuration, about.</summary>
    private const int UsualFiles = 650;

    /// <summary>A build with KASAN; others take half of it.</summary>
    private const long BytesNeeded = 1_000_000_000;

    private const string Smp = "CONFIG_SMP=y";
    private const string Kasan = "CONFIG_KASAN=y";

    /// <summary>
    /// Older versions have room for 2696 bytes of a program's registers. A host with more, as one with AMX, refuses to
    /// set less than all, and then no program starts. They lie on the kernel's stacks, which must be larger, too.
    /// </summary>
    private static readonly TreeEdit s_registers = new(
        "arch/x86/um/user-offsets.c",
        "room for the registers of newer processors",
        Pattern(@"^\tDEFINE_LONGS\(HOST_FP_SIZE, \d+\);$"),
        Pattern(@"\b2696\b"),
        "12288",
        Pattern(@"\b12288\b")
    );

    /// <summary>Builds, unless the tree, the options and the compiler are those of the last build.</summary>
    /// <param name="tree">The top of a kernel tree; it is not written to.</param>
    /// <param name="progress">Called for each step of a build, from any thread, one call at a time.</param>
    /// <param name="cancel">Ends the compilers, then the build by an OperationCanceledException.</param>
    public static async Task<UmlOutcome> MakeAsync(
        string tree,
        UmlOptions options,
        Action<SourceBuildProgress> progress,
        CancellationToken cancel
    )
    {
        try
        {
            if (options is { Smp: true, Kasan: true })
                throw new SourceBuildException(
                    "--kasan and --smp exclude each other: um has KASAN on one processor only"
                );
            var source = KernelTree.Open(tree);
            var tools = await Toolchain.FindAnyAsync(options.SearchPath, cancel);
            var scratch = ScratchFolder.Create(source, "uml", string.Join(' ', options.Words), options.Cache);
            using var only = ScratchFolder.Lock(scratch);
            await MakeAsync(source, tools, scratch, options, progress, cancel);
            return new UmlBuilt(await UmlKernel.PrepareAsync(scratch, source.Version, tools, options, cancel));
        }
        catch (SourceBuildException refused)
        {
            return UmlError.Of(refused);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new UmlError([failure.Message]);
        }
    }

    private static async Task MakeAsync(
        KernelTree tree,
        Toolchain tools,
        string scratch,
        UmlOptions options,
        Action<SourceBuildProgress> progress,
        CancellationToken cancel
    )
    {
        var fragment = Fragment(tree, options);
        // Debug information would take a quarter of the time and most of the space; WARN has file and line without it.
        var flags = "-Wno-null-pointer-arithmetic";
        var identity = string.Join('\n', tree.Version, tools.Identity, KernelConfiguration.Recipe, flags, fragment);
        var made = Path.Combine(scratch, "made");
        var stamps = Path.Combine(scratch, "stamps");
        var same = File.Exists(made) && await File.ReadAllTextAsync(made, cancel) == identity;
        if (same && FileStamps.Read(stamps)?.Changed() is { Count: 0 })
            return;

        progress(new SourceBuildProgress($"User-Mode Linux {tree.Version}, {tools.Version}"));
        CheckSpace(scratch);
        var farm = new ScratchTree(tree, Path.Combine(scratch, "src"), Edits(options));
        farm.Synchronize();
        var make = new KernelMake(tree, tools, farm.Root, Path.Combine(scratch, "obj")) { Flags = flags };
        File.Delete(made);
        File.Delete(stamps);
        var start = stamps + ".start";
        await File.WriteAllTextAsync(start, "", cancel);
        progress(new SourceBuildProgress("configuring"));
        await KernelConfiguration.MakeAsync(make, fragment, cancel);
        var config = await File.ReadAllLinesAsync(Path.Combine(make.Objects, ".config"), cancel);
        _ = KernelConfiguration.Check(tree, config, fragment: null);
        CheckConfiguration(tree, config, options);
        await CompileAsync(make, options.Jobs, progress, cancel);
        var inputs = Inputs(tree, make, farm.Root).ToList();
        FileStamps.TakeAfter(inputs, FileStamps.Take([]), start, make.Objects).Write(stamps);
        await File.WriteAllTextAsync(made, identity, cancel);
    }

    private static async Task CompileAsync(
        KernelMake make,
        int jobs,
        Action<SourceBuildProgress> progress,
        CancellationToken cancel
    )
    {
        var done = 0;
        try
        {
            await make.RunAsync(["linux"], jobs, Report, cancel);
        }
        catch (SourceBuildException failed) when (failed.Lines.Any(IsNoSpace))
        {
            throw new SourceBuildException($"there is no space left for '{make.Objects}'");
        }

        void Report(string line)
        {
            if (Compiled().Match(line) is { Success: true } file)
                progress(new SourceBuildProgress(file.Groups["file"].Value, ++done, Math.Max(UsualFiles, done)));
        }
    }

    private static bool IsNoSpace(string line) => line.Contains("No space left on device", StringComparison.Ordinal);

    private static List<TreeEdit> Edits(UmlOptions options) =>
        options.SharedGroup ? [.. TreeEdit.All, s_registers, TreeEdit.SharedGroup] : [.. TreeEdit.All, s_registers];

    /// <summary>Whether the registers of a program lie on the kernel's stacks.</summary>
    private static bool HasRegistersOnStacks(KernelTree tree) =>
        tree.Has(s_registers.File)
        && s_registers.Section.IsMatch(File.ReadAllText(Path.Combine(tree.Path, s_registers.File)));

    /// <summary>Lines of a configuration, after those of every build.</summary>
    private static string Fragment(KernelTree tree, UmlOptions options)
    {
        var lines = new List<string> { "CONFIG_DEBUG_INFO_NONE=y" };
        lines.Add("# CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT is not set");
        lines.Add(options.Smp ? Smp : "# CONFIG_SMP is not set");
        if (HasRegistersOnStacks(tree))
            lines.Add("CONFIG_KERNEL_STACK_ORDER=4");
        if (options.Kasan)
            lines.AddRange([Kasan, "CONFIG_KASAN_GENERIC=y", "CONFIG_KASAN_OUTLINE=y", "CONFIG_PROVE_LOCKING=y"]);
        return string.Join('\n', lines);
    }

    private static void CheckConfiguration(KernelTree tree, string[] config, UmlOptions options)
    {
        if (options.Smp && !config.Contains(Smp, StringComparer.Ordinal))
            throw new SourceBuildException($"--smp: User-Mode Linux {tree.Version} has one processor only");
        if (options.Kasan && !config.Contains(Kasan, StringComparer.Ordinal))
            throw new SourceBuildException($"--kasan: the configuration of Linux {tree.Version} has no {Kasan}");
    }

    private static void CheckSpace(string scratch)
    {
        var free = new DriveInfo(scratch).AvailableFreeSpace;
        if (free < BytesNeeded && !File.Exists(Path.Combine(scratch, "obj", "linux")))
        {
            throw new SourceBuildException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{scratch}' has {free / 1_000_000} MB free, and a build takes {BytesNeeded / 1_000_000}: set XDG_CACHE_HOME to another folder"
                )
            );
        }
    }

    /// <summary>
    /// Whatever of the tree went into the build. Where a file was edited, the tree's own is what may change.
    /// </summary>
    private static IEnumerable<string> Inputs(KernelTree tree, KernelMake make, string farm)
    {
        var commands = Directory.EnumerateFiles(make.Objects, ".*.o.cmd", SearchOption.AllDirectories);
        var makefiles = new[] { "Makefile", "drivers/iommu/Makefile", "drivers/iommu/iommufd/Makefile" };
        return commands
            .SelectMany(command => KernelMake.ReadPrerequisites(File.ReadLines(command)))
            .Select(path => Path.Combine(make.Objects, path))
            .Where(path => !path.StartsWith(make.Objects, StringComparison.Ordinal))
            .Concat(KernelConfiguration.Inputs(make))
            .Concat(makefiles.Select(file => Path.Combine(farm, file)))
            .Select(path =>
                path.StartsWith(farm + "/", StringComparison.Ordinal) ? tree.Path + path[farm.Length..] : path
            )
            .Append(Path.Combine(make.Objects, "linux"))
            .Distinct(StringComparer.Ordinal);
    }

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.Multiline, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"^\s+(?:CC|AS)\s+(?<file>\S+)\.o$", RegexOptions.None, 1000)]
    private static partial Regex Compiled();
}
