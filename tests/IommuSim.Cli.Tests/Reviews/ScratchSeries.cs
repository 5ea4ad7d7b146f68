using System.Diagnostics;
using IommuSim.Cli.Review;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Programs;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Tests.Reviews;

/// <summary>
/// A git repository with a series of commits, reviewed with modelled kernels in place of compiled ones: a review of it
/// takes a second.
/// </summary>
internal sealed class ScratchSeries : ISeriesKernels
{
    public const string Range = "base..HEAD";

    /// <summary>Takes mappings from where there are none.</summary>
    public const string Differs = "bugs/P09-copy-to-the-hole";

    /// <summary>Keeps a reference too many.</summary>
    public const string Leaks = "bugs/P22-nested-hwpt-holds-its-queue";

    /// <summary>The parent of both.</summary>
    public const string Sound = "linux-7.3/fixed";

    /// <summary>A commit that does not compile.</summary>
    public const string Broken = "broken";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("iommusim-review-");
    private readonly string[] _kernels;

    /// <param name="kernels">By commit: the modelled kernel that it builds, or <see cref="Broken"/>.</param>
    public ScratchSeries(params string[] kernels)
    {
        _kernels = [Sound, .. kernels];
        Git("init", "--quiet");
        for (var i = 0; i < _kernels.Length; i++)
        {
            File.WriteAllText(Path.Combine(Folder, "main.c"), $"/* {i} */\n");
            Git("add", ".");
            Git("commit", "--quiet", "--message", i == 0 ? "Linux" : $"Commit {i} <&> of {kernels[i - 1]}");
            if (i == 0)
                Git("tag", "base");
        }
    }

    public string Folder => _root.FullName;

    /// <summary>Called before the kernel of a commit is built, with its place.</summary>
    public Action<int> Building { get; init; } = static _ => { };

    /// <summary>What the review told on standard error.</summary>
    public StringWriter Error { get; } = new();

    public CancellationToken Interrupt { get; init; }

    public ReviewReport Review(string range = Range, params string[] scenarios) =>
        Review(new ReviewWish(Folder, range, ReviewDepth.Quick, scenarios, Time: null));

    public ReviewReport Review(ReviewWish wish)
    {
        var settings = new ConsoleSettings(80, Color: false, Progress: false, TimeProvider.System)
        {
            Interrupts = () => Interrupt,
        };
        return new ReviewRun(new CommandContext(TextWriter.Null, Error, settings), wish, _ => this).Run();
    }

    public (SearchTarget? Kernel, IReadOnlyList<string> Errors) Build(
        string name,
        string commit,
        Action<string> progress,
        CancellationToken interrupt
    )
    {
        if (Patched.GetValueOrDefault(name) is not { } kernel)
        {
            var at = PlaceOf(name);
            Building(at);
            kernel = _kernels[at];
        }

        interrupt.ThrowIfCancellationRequested();
        return kernel == Broken
            ? (null, ["main.c:1:1: error: <no> C", "1 error generated."])
            : (new SearchTarget(KernelCatalog.Default.Find(kernel)!), []);
    }

    /// <summary>By the name of a variant: the modelled kernel that it builds. Others do not apply.</summary>
    public IReadOnlyDictionary<string, string> Patched { get; init; } = new Dictionary<string, string>();

    /// <summary>What the selftests come to on the kernel of a commit, by its place.</summary>
    public Func<int, SelftestResults> Selftested { get; init; } =
        static _ => SelftestResults.NotRun("a modelled kernel runs none");

    public SelftestResults Selftests(string name, string commit, CancellationToken interrupt) =>
        Selftested(PlaceOf(name));

    public (SeriesCommit? Made, string Refused) Apply(SeriesVariant variant) =>
        Patched.ContainsKey(variant.Name)
            ? (new SeriesCommit(new string('f', 40), variant.Patch, [], []), "")
            : (null, "The kernels of this series have no patches.");

    public IReadOnlyList<UapiChange> UapiOf(string commit, string before) => [];

    private int PlaceOf(string name) =>
        Enumerable.Range(0, _kernels.Length).Single(i => SeriesKernels.NameOf(i) == name);

    /// <summary>What Linux says of the programs of one commit.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<string>> Asked { get; init; } = static programs => programs;

    public IReadOnlyList<string> Ask(string commit, IReadOnlyList<string> programs, CommandContext context) =>
        Asked(programs);

    public void Git(params string[] arguments)
    {
        string[] who = ["-C", Folder, "-c", "user.name=reviewer", "-c", "user.email=reviewer@example.org"];
        var start = new ProcessStartInfo("git", [.. who, .. arguments]) { UseShellExecute = false };
        // The same hashes every time.
        foreach (var name in new[] { "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE" })
            start.Environment[name] = "2026-01-01T00:00:00Z";
        start.Environment.Remove("GIT_DIR");
        using var git = Process.Start(start)!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }

    /// <summary>The review is through with its kernels; the repository stays for the test.</summary>
    void IDisposable.Dispose() { }

    public void Remove() => _root.Delete(recursive: true);
}
