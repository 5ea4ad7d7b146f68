using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Source;
using IommuSim.Source.Execution;
using IommuSim.Source.Files;

namespace IommuSim.Scenarios.Catalog;

/// <summary>
/// The kernels made of C that were named by their files. Each is a node below the modelled release whose uAPI it has,
/// so that what is stated of that release is stated of it.
/// </summary>
internal sealed class SourceKernels(IReadOnlyList<KernelNode> kernels)
{
    public const string Extension = ".kernel";

    private readonly ConcurrentDictionary<string, (KernelNode? Node, string Error)> _byPath = new(
        StringComparer.Ordinal
    );
    private readonly ConcurrentDictionary<KernelNode, Lazy<KernelImage>> _images = new();
    private readonly ConcurrentDictionary<KernelNode, KernelSummary> _summaries = new();

    public static bool IsName(string name) => name.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>False with a sentence for a file that is not there or holds no kernel.</summary>
    public bool TryFind(string path, [NotNullWhen(true)] out KernelNode? node, out string error)
    {
        (node, error) = _byPath.GetOrAdd(path, Open);
        return node is not null;
    }

    /// <summary>A machine with this kernel; null for a modelled one.</summary>
    public IKernel? Boot(KernelNode node, BuildSwitches build) =>
        _images.TryGetValue(node, out var image) ? SourceKernel.Boot(image.Value, build) : null;

    public bool IsOne(KernelNode node) => _images.ContainsKey(node);

    /// <summary>What its file says of it; null for a modelled kernel.</summary>
    public KernelSummary? SummaryOf(KernelNode node) => _summaries.GetValueOrDefault(node);

    private (KernelNode?, string) Open(string path)
    {
        if (!File.Exists(path))
            return (null, $"there is no file '{path}'; 'iommusim build TREE -o {path}' makes one of a kernel tree");
        using var file = File.OpenRead(path);
        if (KernelFile.ReadSummary(file) is not { } summary)
        {
            return (
                null,
                $"'{path}' is no kernel of this version of iommusim; 'iommusim build TREE -o {path}' makes it"
            );
        }

        var node = NodeOf(path, summary);
        _images.TryAdd(node, new Lazy<KernelImage>(() => Load(path)));
        return (node, "");
    }

    /// <summary>A kernel that is in no file; <see cref="Use"/> says what it is before it boots.</summary>
    public KernelNode Add(string name, KernelSummary summary)
    {
        var node = NodeOf(name, summary);
        _images.TryAdd(node, new Lazy<KernelImage>(() => throw new InvalidOperationException($"{name} has no image")));
        return node;
    }

    /// <summary>From now on the node boots this image.</summary>
    public void Use(KernelNode node, KernelImage image) => _images[node] = new Lazy<KernelImage>(image);

    private KernelNode NodeOf(string path, KernelSummary summary)
    {
        var parent = NewestUpTo(summary.Release);
        var node = new KernelNode(
            Path.GetFileName(path),
            parent,
            $"Linux {summary.Release}: its own C, {summary.Functions} functions of it.",
            path,
            static spec => spec
        )
        {
            StandsFor = parent,
            // What the release's design costs is not said of a tree that may have another.
            Design = null,
        };
        _summaries.TryAdd(node, summary);
        return node;
    }

    private static KernelImage Load(string path)
    {
        using var file = File.OpenRead(path);
        return KernelFile.Load(file) ?? throw new InvalidOperationException($"{path} changed while it was read");
    }

    /// <summary>The modelled release that is not newer; the oldest where all are.</summary>
    private KernelNode NewestUpTo(string release)
    {
        var releases = kernels.Where(k => TryVersion(k.Name, out _)).ToArray();
        return releases.LastOrDefault(k => VersionOf(k.Name) <= VersionOf("linux-" + release)) ?? releases[0];
    }

    private static Version VersionOf(string name) =>
        TryVersion(name, out var version) ? new Version(version.Major, version.Minor) : new Version(0, 0);

    private static bool TryVersion(string name, [NotNullWhen(true)] out Version? version)
    {
        const string Prefix = "linux-";
        version = null;
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var numbers = new string([.. name[Prefix.Length..].TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(numbers.TrimEnd('.'), out version);
    }
}
