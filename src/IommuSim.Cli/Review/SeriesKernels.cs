using System.Globalization;
using IommuSim.Cli.Commands;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Programs;
using IommuSim.Source.Building;
using IommuSim.Source.Files;
using IommuSim.Source.UserMode;

namespace IommuSim.Cli.Review;

/// <summary>Where a review has the kernels of a series from.</summary>
internal interface ISeriesKernels : IDisposable
{
    /// <summary>The commit that a patch makes, which the repository does not get; else why it makes none.</summary>
    (SeriesCommit? Made, string Refused) Apply(SeriesVariant variant);

    /// <summary>What such a commit changes in the uAPI.</summary>
    IReadOnlyList<UapiChange> UapiOf(string commit, string before);

    /// <summary>The kernel of a commit, or the compiler's lines where it does not compile.</summary>
    /// <param name="name">As reports call it: <c>base</c>, <c>mine/01</c>, <c>mine/01+idea</c>.</param>
    /// <exception cref="InputErrorException">The machine lacks something; the commit is not to blame.</exception>
    (SearchTarget? Kernel, IReadOnlyList<string> Errors) Build(
        string name,
        string commit,
        Action<string> progress,
        CancellationToken interrupt
    );

    /// <summary>Linux's selftests of a commit on its kernel, which was built.</summary>
    SelftestResults Selftests(string name, string commit, CancellationToken interrupt);

    /// <summary>What Linux of a commit, built as User-Mode Linux, does of C programs of findings, in words.</summary>
    /// <exception cref="InputErrorException">It cannot be built.</exception>
    IReadOnlyList<string> Ask(string commit, IReadOnlyList<string> programs, CommandContext context);
}

/// <summary>The kernels of a series, built one by one in a tree of their own; kept for the next review.</summary>
internal sealed class SeriesKernels : ISeriesKernels
{
    /// <summary>Beside the file of a kernel: what was compiled.</summary>
    private const string Mark = ".tree";

    private readonly GitSeries _series;
    private readonly string _scratch;
    private readonly FileStream _lock;

    /// <param name="repository">Its path decides where its kernels are kept.</param>
    /// <param name="shard">It decides too: jobs run side by side.</param>
    public SeriesKernels(GitSeries series, string repository, Shard shard)
    {
        _series = series;
        var source = Path.GetFullPath(repository) + (shard == Shard.Whole ? "" : $"\nshard {shard}");
        _scratch = ScratchFolder.Create(source, "review");
        _lock = Lock(repository);
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>What the kernel of a commit is called: <c>base</c>, <c>mine/01</c>, <c>mine/02</c>.</summary>
    /// <param name="at">0 for the commit before the series.</param>
    public static string NameOf(int at) =>
        at == 0 ? "base" : string.Create(CultureInfo.InvariantCulture, $"mine/{at:00}");

    /// <summary>The file of a kernel of this name, as reports call it.</summary>
    public static string FileOf(string name) => name.Replace('/', '-') + ".kernel";

    public (SeriesCommit? Made, string Refused) Apply(SeriesVariant variant) => _series.Apply(variant, Tree);

    public IReadOnlyList<UapiChange> UapiOf(string commit, string before) => _series.UapiChanges(before, commit, Tree);

    private string Tree => Path.Combine(_scratch, "tree");

    public (SearchTarget? Kernel, IReadOnlyList<string> Errors) Build(
        string name,
        string commit,
        Action<string> progress,
        CancellationToken interrupt
    )
    {
        var folder = Directory.CreateDirectory(Path.Combine(_scratch, "kernels")).FullName;
        var path = Path.Combine(folder, FileOf(name));
        var mark = path + Mark;
        var files = _series.FilesOf(commit, Tree);
        if (!IsOf(mark, files) || Read(path, FileOf(name)) is not { } kernel)
        {
            File.Delete(mark);
            if (FindOf(folder, files) is { } same)
                OutputFile.WriteWhole(path, unfinished => File.Copy(same, unfinished, overwrite: true));
            else if (Make(commit, path, progress, interrupt) is { Length: > 0 } errors)
                return (null, errors);
            File.WriteAllText(mark, files);
            kernel = Read(path, FileOf(name))!;
        }

        return (kernel, []);
    }

    /// <summary>Builds the kernel of a commit; the compiler's lines where it does not compile.</summary>
    private string[] Make(string commit, string path, Action<string> progress, CancellationToken interrupt)
    {
        progress("checking out");
        var tree = CheckOut(commit);
        var outcome = SourceBuild
            .CollectAsync(
                tree,
                new SourceBuildOptions(),
                step => progress(step.Total == 0 ? step.Text : $"{step.Text}, {step.Done} of {step.Total}"),
                interrupt
            )
            .GetAwaiter()
            .GetResult();
        if (outcome is SourceBuildError refused)
            return ErrorsOf(refused, tree);
        progress("translating");
        BuildCommand.Translate((SourceBuildResult)outcome, path);
        return [];
    }

    private static bool IsOf(string mark, string files) => File.Exists(mark) && File.ReadAllText(mark) == files;

    /// <summary>A kernel of the same files, which another commit or another series had; null for none.</summary>
    private static string? FindOf(string folder, string files)
    {
        foreach (var mark in Directory.EnumerateFiles(folder, "*" + Mark))
        {
            if (IsOf(mark, files) && mark[..^Mark.Length] is var kernel && File.Exists(kernel))
                return kernel;
        }

        return null;
    }

    public SelftestResults Selftests(string name, string commit, CancellationToken interrupt)
    {
        var tree = CheckOut(commit);
        var folder = Directory.CreateDirectory(Path.Combine(_scratch, "selftests")).FullName;
        return new SeriesSelftests(folder).Run(tree, Path.Combine(_scratch, "kernels", FileOf(name)), interrupt);
    }

    public IReadOnlyList<string> Ask(string commit, IReadOnlyList<string> programs, CommandContext context)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_scratch, "programs")).FullName;
        var files = new List<FindingProgram>();
        foreach (var program in programs)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{files.Count + 1}.c"));
            File.WriteAllText(path, program);
            files.Add(FindingProgram.Read(path)!);
        }

        var options = new UmlOptions();
        UmlKernel? kernel = null;
        return [.. files.Select(file => Words(Verdict.BeforeRun(file, options) ?? Judge(file)))];

        Verdict Judge(FindingProgram file) =>
            ConfirmCommand.Judge(
                kernel ??= UmlOfTree.Build(context, CheckOut(commit), options),
                file,
                context.Settings.Interrupts()
            );
    }

    private static string Words(Verdict verdict) => $"{ConfirmCommand.Word(verdict.Kind)}, {verdict.Text}";

    private string CheckOut(string commit)
    {
        _series.CheckOut(commit, Tree);
        return Tree;
    }

    private static string[] ErrorsOf(SourceBuildError refused, string tree) =>
        refused.IsOfTree
            ? [.. refused.Lines.Select(line => line.Replace(tree + "/", "", StringComparison.Ordinal))]
            : throw new InputErrorException(string.Join('\n', refused.Lines));

    /// <summary>One review of a repository at a time. The system gives the lock back when one is killed.</summary>
    private FileStream Lock(string repository)
    {
        var name = Path.Combine(_scratch, "lock");
        try
        {
            return new FileStream(name, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException) when (File.Exists(name))
        {
            throw new InputErrorException($"another review of '{repository}' is running");
        }
    }

    /// <summary>The kernel in a file, under a name without a path; null for none that runs.</summary>
    private static SearchTarget? Read(string path, string name)
    {
        if (!File.Exists(path))
            return null;
        using var file = File.OpenRead(path);
        if (KernelFile.ReadSummary(file) is not { } summary)
            return null;
        file.Position = 0;
        var catalog = KernelCatalog.Default;
        var node = catalog.AddSource(name, summary);
        catalog.Use(node, KernelFile.Load(file)!);
        return new SearchTarget(node, catalog);
    }
}
