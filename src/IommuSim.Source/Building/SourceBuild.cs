namespace IommuSim.Source.Building;

/// <summary>From a tree of the kernel's C to LLVM IR.</summary>
public static class SourceBuild
{
    /// <summary>Configures and compiles a tree in a scratch folder; a second time only what has changed.</summary>
    /// <param name="tree">The top of a kernel tree; it is not written to.</param>
    /// <param name="progress">Called for each step, from any thread, one call at a time; null for silence.</param>
    /// <param name="cancel">Ends the compilers, then the build by an OperationCanceledException.</param>
    public static async Task<SourceBuildOutcome> CollectAsync(
        string tree,
        SourceBuildOptions options,
        Action<SourceBuildProgress>? progress,
        CancellationToken cancel
    )
    {
        try
        {
            var source = KernelTree.Open(tree);
            var tools = await Toolchain.FindAsync(options.SearchPath, cancel);
            var fragment = await ReadFragmentAsync(options.ConfigFragment, cancel);
            var scratch = ScratchFolder.Create(source, "build", fragment, options.Cache);
            using var only = ScratchFolder.Lock(scratch);
            return await CollectAsync(source, tools, fragment, scratch, options.Jobs, progress ?? (_ => { }), cancel);
        }
        catch (SourceBuildException refused)
        {
            return new SourceBuildError(refused.Lines, refused.IsOfTree);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new SourceBuildError([failure.Message]);
        }
    }

    private static async Task<SourceBuildResult> CollectAsync(
        KernelTree tree,
        Toolchain tools,
        string? fragment,
        string scratch,
        int jobs,
        Action<SourceBuildProgress> progress,
        CancellationToken cancel
    )
    {
        var farm = new ScratchTree(tree, Path.Combine(scratch, "src"), [.. TreeEdit.All, .. TreeEdit.LockAssertions]);
        progress(new SourceBuildProgress($"Linux {tree.Version}, {tools.Version}"));
        farm.Synchronize();
        var make = new KernelMake(tree, tools, farm.Root, Path.Combine(scratch, "obj"));
        var identity = string.Join(
            '\n',
            tree.Path,
            tree.Version,
            tools.Identity,
            KernelConfiguration.Recipe,
            make.Flags,
            fragment
        );
        await ConfigureAsync(make, identity, fragment, scratch, progress, cancel);
        var config = await File.ReadAllLinesAsync(Path.Combine(make.Objects, ".config"), cancel);
        var notes = KernelConfiguration.Check(tree, config, fragment);
        var files = await ObjectList.ReadAsync(tree, make, cancel);
        var compilation = new Compilation(make, files, [.. ObjectList.Inputs(make)], Path.Combine(scratch, "compiled"));
        var rebuilt = await compilation.RunAsync(jobs, progress, cancel);
        return new SourceBuildResult(tree.Version, compilation.Modules, farm.Root + "/", rebuilt, notes);
    }

    /// <summary>Configures, unless all that decides on the configuration is as it was.</summary>
    private static async Task ConfigureAsync(
        KernelMake make,
        string identity,
        string? fragment,
        string scratch,
        Action<SourceBuildProgress> progress,
        CancellationToken cancel
    )
    {
        var made = Path.Combine(scratch, "configured");
        var stamps = Path.Combine(scratch, "kconfig");
        if (
            File.Exists(made)
            && await File.ReadAllTextAsync(made, cancel) == identity
            && FileStamps.Read(stamps)?.Changed() is { Count: 0 }
        )
        {
            return;
        }

        File.Delete(made);
        File.Delete(Path.Combine(scratch, "compiled"));
        progress(new SourceBuildProgress("configuring"));
        var start = stamps + ".start";
        await File.WriteAllTextAsync(start, "", cancel);
        await KernelConfiguration.MakeAsync(make, fragment, cancel);
        FileStamps.TakeAfter(KernelConfiguration.Inputs(make), FileStamps.Take([]), start, make.Objects).Write(stamps);
        await File.WriteAllTextAsync(made, identity, cancel);
    }

    private static async Task<string?> ReadFragmentAsync(string? path, CancellationToken cancel)
    {
        if (path is null)
            return null;
        return File.Exists(path)
            ? await File.ReadAllTextAsync(path, cancel)
            : throw new SourceBuildException($"there is no configuration fragment '{path}'");
    }
}
