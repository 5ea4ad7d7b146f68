using System.Globalization;

namespace IommuSim.Source.Building;

/// <summary>kbuild on a scratch tree.</summary>
internal sealed class KernelMake(KernelTree tree, Toolchain tools, string sources, string objects)
{
    /// <summary>
    /// Debug information, for lines and structs. um's I/O memory starts at 0, which newer compilers warn of in each
    /// file of an older kernel.
    /// </summary>
    public const string DebugFlags = "-g -Wno-null-pointer-arithmetic";

    /// <summary>What programs say when the machine is to blame, and not the text that they compile.</summary>
    private static readonly string[] s_lacks =
    [
        "No space left on device",
        "Disk quota exceeded",
        "Read-only file system",
        "Input/output error",
        "Cannot allocate memory",
        "Too many open files",
    ];

    private readonly string _sources = sources + "/";

    /// <summary>The compiler's options beyond those of kbuild.</summary>
    public string Flags { get; init; } = DebugFlags;

    public string Sources => sources;

    public string Objects => objects;

    /// <summary>Runs make for the targets; what it complains of ends the build.</summary>
    /// <param name="line">Called for each line that make prints.</param>
    public async Task<ToolAnswer> RunAsync(
        IEnumerable<string> targets,
        int jobs,
        Action<string>? line,
        CancellationToken cancel
    )
    {
        Directory.CreateDirectory(objects);
        string[] arguments =
        [
            "-C",
            sources,
            "--no-print-directory",
            // The lines of one compiler stay together.
            "--output-sync=target",
            string.Create(CultureInfo.InvariantCulture, $"-j{Math.Max(jobs, 1)}"),
            "ARCH=um",
            $"O={objects}",
            $"LLVM={tools.Llvm}",
            $"KCFLAGS={Flags}",
            .. targets,
        ];
        var answer = await Tool.RunAsync("make", arguments, tools.SearchPath, line, cancel);
        return answer.Status == 0 ? answer : throw Failure(answer, arguments);
    }

    /// <summary>Runs make on a makefile of our own in the folder of objects.</summary>
    public Task<ToolAnswer> RunAsync(string makefile, IEnumerable<string> words, CancellationToken cancel) =>
        Tool.RunAsync(
            "make",
            ["-s", "--no-print-directory", "-C", objects, "-f", makefile, .. words],
            tools.SearchPath,
            line: null,
            cancel
        );

    /// <summary>The files that a command file of kbuild names as sources and dependencies.</summary>
    public static IEnumerable<string> ReadPrerequisites(IEnumerable<string> command)
    {
        var inside = false;
        foreach (var line in command)
        {
            if (line.StartsWith("source_", StringComparison.Ordinal))
                yield return line[(line.IndexOf(":=", StringComparison.Ordinal) + 2)..].Trim();
            else if (line.StartsWith("deps_", StringComparison.Ordinal))
                inside = true;
            else if (inside && line.Length == 0)
                yield break;
            else if (inside && !line.Contains("$(", StringComparison.Ordinal))
                yield return line.TrimEnd('\\').Trim();
        }
    }

    /// <summary>A line of a compiler, with the user's own path where it names a file of the farm.</summary>
    public string InTree(string line) => line.Replace(_sources, tree.Path + "/", StringComparison.Ordinal);

    private Exception Failure(ToolAnswer answer, string[] arguments)
    {
        // Ctrl-C is told to make too, which may end before we are told.
        if (answer.Errors.Any(text => text.EndsWith(" Interrupt", StringComparison.Ordinal)))
            return new OperationCanceledException();
        var isOfMachine = answer.Errors.Any(text => s_lacks.Any(lack => text.Contains(lack, StringComparison.Ordinal)));
        return new SourceBuildException(Complaints(answer, arguments)) { IsOfTree = !isOfMachine };
    }

    /// <summary>What compilers said; what make adds on its way out only where it is all there is.</summary>
    private List<string> Complaints(ToolAnswer answer, string[] arguments)
    {
        var said = answer.Errors.Where(text => text.Length > 0).Select(InTree).ToList();
        var own = said.Where(text => !text.StartsWith("make", StringComparison.Ordinal)).ToList();
        if (own.Count > 0)
            return own;
        return said.Count > 0 ? said : [$"make {string.Join(' ', arguments)}: status {answer.Status}"];
    }
}
