using System.Globalization;
using IommuSim.Cli.Commands;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Programs;
using IommuSim.Source.Building;
using IommuSim.Source.Files;

namespace IommuSim.Cli.Review;

/// <summary>The kernels of a series, built one by one in a tree of their own; kept for the next review.</summary>
internal sealed class SeriesKernels
{
    private readonly GitSeries _series;
    private readonly string _scratch;

    /// <param name="repository">Its path decides where its kernels are kept.</param>
    public SeriesKernels(GitSeries series, string repository)
    {
        _series = series;
        _scratch = ScratchFolder.Create(Path.GetFullPath(repository), "review");
    }

    /// <summary>What the kernel of a commit is called: <c>base</c>, <c>mine/01</c>, <c>mine/02</c>.</summary>
    /// <param name="at">0 for the commit before the series.</param>
    public static string NameOf(int at) =>
        at == 0 ? "base" : string.Create(CultureInfo.InvariantCulture, $"mine/{at:00}");

    /// <summary>The file of a kernel of this name, as reports call it.</summary>
    public static string FileOf(string name) => name.Replace('/', '-') + ".kernel";

    /// <summary>The commit that a patch makes, which the repository does not get; else why it makes none.</summary>
    public (SeriesCommit? Made, string Refused) Apply(SeriesVariant variant) => _series.Apply(variant, Tree);

    /// <summary>What such a commit changes in the uAPI.</summary>
    public IReadOnlyList<string> UapiOf(string commit, string before) =>
        [
            .. new UapiHeader(_series.TextOf(before, UapiHeader.File)).ChangesTo(
                new UapiHeader(_series.TextOf(commit, UapiHeader.File, Tree))
            ),
        ];

    private string Tree => Path.Combine(_scratch, "tree");

    /// <summary>The kernel of a commit, or the compiler's lines where it does not compile.</summary>
    public (SearchTarget? Kernel, IReadOnlyList<string> Errors) Build(
        string name,
        string commit,
        Action<string> progress,
        CancellationToken interrupt
    )
    {
        var folder = Directory.CreateDirectory(Path.Combine(_scratch, "kernels"));
        var path = Path.Combine(folder.FullName, FileOf(name));
        var made = path + ".commit";
        if (!File.Exists(made) || File.ReadAllText(made) != commit || Read(path, FileOf(name)) is not { } kernel)
        {
            File.Delete(made);
            progress("checking out");
            var tree = Tree;
            _series.CheckOut(commit, tree);
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
                return (
                    null,
                    [.. refused.Lines.Select(line => line.Replace(tree + "/", "", StringComparison.Ordinal))]
                );
            progress("translating");
            BuildCommand.Translate((SourceBuildResult)outcome, path);
            File.WriteAllText(made, commit);
            kernel = Read(path, FileOf(name))!;
        }

        return (kernel, []);
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
