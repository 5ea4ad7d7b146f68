using System.Text.RegularExpressions;

namespace IommuSim.Source.Building;

/// <summary>Compiles the files of a kernel to LLVM IR, where one of what they are made of has changed.</summary>
/// <param name="files">Without endings, from the top of the tree.</param>
/// <param name="inputs">What decides on the compilers' options, and on the list of files.</param>
/// <param name="stamps">Where is kept what the modules were made of.</param>
internal sealed partial class Compilation(
    KernelMake make,
    IReadOnlyList<string> files,
    IReadOnlyList<string> inputs,
    string stamps
)
{
    /// <summary>The paths of the .ll files.</summary>
    public IReadOnlyList<string> Modules { get; } = [.. files.Select(file => Path.Combine(make.Objects, file + ".ll"))];

    /// <summary>False when nothing has changed.</summary>
    public async Task<bool> RunAsync(int jobs, Action<SourceBuildProgress> progress, CancellationToken cancel)
    {
        var kept = FileStamps.Read(stamps);
        var changed = kept?.Changed();
        var missing = Modules.Any(module => !File.Exists(module));
        if (changed is { Count: 0 } && !missing)
            return false;

        // make goes by age alone; a file that was put back is older than what was made of the other one.
        var before = FileStamps.Take(Modules.SelectMany(Prerequisites).Concat(files.Select(SourceOf)).Concat(inputs));
        foreach (var module in Modules.Where(module => changed?.Overlaps(Prerequisites(module)) ?? false))
            File.Delete(module);
        File.Delete(stamps);
        var start = stamps + ".start";
        await File.WriteAllTextAsync(start, "", cancel);
        var total = kept is null ? Modules.Count : Modules.Count(module => !File.Exists(module));
        var done = 0;
        var told = new HashSet<string>(StringComparer.Ordinal);
        progress(new SourceBuildProgress("preparing"));
        await make.RunAsync(files.Select(file => file + ".ll"), jobs, Report, cancel);
        FileStamps
            .TakeAfter(Modules.SelectMany(Prerequisites).Concat(inputs), before, start, make.Objects)
            .Write(stamps);
        return true;

        void Report(string line)
        {
            if (CompiledModule().Match(line) is { Success: true } module)
                progress(new SourceBuildProgress(module.Groups["file"].Value, ++done, Math.Max(total, done)));
            else if (Diagnostic().IsMatch(line) && told.Add(line))
                progress(new SourceBuildProgress(make.InTree(line)));
        }
    }

    private string SourceOf(string file) => Path.Combine(make.Sources, file + ".c");

    /// <summary>What a module was made of, as kbuild wrote it down; nothing where it was never made.</summary>
    private IEnumerable<string> Prerequisites(string module)
    {
        var command = Path.Combine(Path.GetDirectoryName(module)!, $".{Path.GetFileName(module)}.cmd");
        return File.Exists(command)
            ? KernelMake
                .ReadPrerequisites(File.ReadLines(command))
                .Select(path => Path.Combine(make.Objects, path))
                .Append(module)
            : [];
    }

    [GeneratedRegex(@"^\s+CC\s+(?:\[M\]\s+)?(?<file>\S+)\.ll$", RegexOptions.None, 1000)]
    private static partial Regex CompiledModule();

    [GeneratedRegex(@"^\S+:\d+:\d+: (?:warning|error|fatal error): ", RegexOptions.None, 1000)]
    private static partial Regex Diagnostic();
}
