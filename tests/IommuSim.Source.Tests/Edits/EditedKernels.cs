using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Source.Building;
using IommuSim.Source.Files;
using IommuSim.Source.Ir;
using IommuSim.Source.Provided;
using IommuSim.Source.Reading;

namespace IommuSim.Source.Tests.Edits;

/// <summary>
/// Kernels of a tree in which one file is changed. The tree is built once, as 'iommusim build' does and leaves it; the
/// changed file alone is compiled anew, by the same command, in a folder of its own.
/// </summary>
public sealed class EditedKernels : IAsyncLifetime
{
    public const string Variable = "IOMMUSIM_TREE_73";

    /// <summary>Of the classes that use them: two builds of one tree do not run at once.</summary>
    public const string Collection = "edited kernels";

    private const string Iommufd = "drivers/iommu/iommufd";

    private readonly string _folder = Directory.CreateTempSubdirectory("iommusim-edits-").FullName;
    private SourceBuildResult? _built;
    private IrModule[] _modules = [];

    /// <summary>Why there are none; null where there are.</summary>
    public string? WhyNot { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var tree = Environment.GetEnvironmentVariable(Variable) ?? "";
        if (!Directory.Exists(tree))
        {
            WhyNot = $"{Variable} names no source tree of Linux 7.3";
            return;
        }

        switch (await SourceBuild.CollectAsync(tree, new SourceBuildOptions(), null, CancellationToken.None))
        {
            case SourceBuildError error:
                WhyNot = string.Join(' ', error.Lines);
                break;
            case SourceBuildResult built:
                _built = built;
                _modules = new IrModule[built.Modules.Count];
                Parallel.For(0, _modules.Length, i => _modules[i] = Read(built.Modules[i]));
                break;
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The kernel as the tree has it.</summary>
    public KernelNode Original() => Load("original", _modules);

    /// <summary>The kernel with a file of iommufd changed.</summary>
    internal async Task<KernelNode> WithAsync(string file, SourceEdit[] edits, CancellationToken cancel)
    {
        var built = _built!;
        var module = built
            .Modules.ToList()
            .FindIndex(path => path.EndsWith($"/{Iommufd}/{file}.ll", StringComparison.Ordinal));
        var source = Path.Combine(_folder, $"{file}.c");
        var text = await File.ReadAllTextAsync($"{built.TreeRoot}{Iommufd}/{file}.c", cancel);
        await File.WriteAllTextAsync(source, edits.Aggregate(text, (changed, edit) => edit.Apply(changed)), cancel);
        var output = Path.Combine(_folder, $"{file}.ll");
        await CompileAsync(built, built.Modules[module], source, output, cancel);
        var modules = _modules.ToArray();
        modules[module] = Read(output);
        return Load(file, modules);
    }

    /// <summary>By the command that kbuild wrote down, with other names of what is read and written.</summary>
    private async Task CompileAsync(
        SourceBuildResult built,
        string module,
        string source,
        string output,
        CancellationToken cancel
    )
    {
        var noted = Path.Combine(Path.GetDirectoryName(module)!, $".{Path.GetFileName(module)}.cmd");
        var first = (await File.ReadAllLinesAsync(noted, cancel))[0];
        var words = first[(first.IndexOf(":= ", StringComparison.Ordinal) + 3)..].Split(' ');
        var end = Array.LastIndexOf(words, "-o");
        var command = string.Join(' ', words[..end].Where(word => !word.StartsWith("-Wp,", StringComparison.Ordinal)));
        var headers = built.TreeRoot + Iommufd;
        var names = $"-iquote {headers} -ffile-prefix-map={_folder}={headers} -fmacro-prefix-map={_folder}={Iommufd}";
        string[] shell = ["-c", $"cd {Objects(module)} && {command} {names} -o {output} {source}"];
        var answer = await Tool.RunAsync("/bin/sh", shell, SearchPath, null, cancel);
        Assert.True(answer.Status == 0, string.Join('\n', answer.Errors));
    }

    private static string SearchPath => Environment.GetEnvironmentVariable("PATH") ?? "";

    /// <summary>The folder in which kbuild compiles.</summary>
    private static string Objects(string module) => module[..module.IndexOf($"/{Iommufd}/", StringComparison.Ordinal)];

    private IrModule Read(string path)
    {
        using var text = new StreamReader(path);
        return IrReader.Read(path, text, _built!.TreeRoot);
    }

    private KernelNode Load(string name, IrModule[] modules)
    {
        var path = Path.Combine(_folder, $"{name}.kernel");
        using (var file = File.Create(path))
            KernelFile.Write(file, _built!.Version, modules, ProvidedTable.Instance);
        Assert.True(KernelNames.TryFind(KernelCatalog.Default, path, out var node, out var error), error);
        return node!;
    }
}

/// <summary>Builds the tree once for all classes.</summary>
[CollectionDefinition(EditedKernels.Collection)]
public sealed class EditedKernelsCollection : ICollectionFixture<EditedKernels>;
