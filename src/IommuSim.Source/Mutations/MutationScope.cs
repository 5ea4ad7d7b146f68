using IommuSim.Source.Ir;

namespace IommuSim.Source.Mutations;

/// <summary>Which lines of C are changed: those of some files, and of private headers in functions of these.</summary>
/// <param name="folder">With a slash at its end, for example <c>drivers/iommu/iommufd/</c>.</param>
/// <param name="files">C files of the folder.</param>
internal sealed class MutationScope(string folder, IEnumerable<string> files)
{
    private readonly HashSet<string> _files = new(files.Select(f => folder + f), StringComparer.Ordinal);

    /// <summary>The parts of iommufd that are drawn from.</summary>
    public static MutationScope Iommufd { get; } =
        new(
            "drivers/iommu/iommufd/",
            ["device.c", "eventq.c", "hw_pagetable.c", "io_pagetable.c", "ioas.c", "main.c", "pages.c", "viommu.c"]
        );

    /// <summary>
    /// The line of a C file for a place that lies in it, or in a private header that was inlined there; else null.
    /// </summary>
    public SourceLocation? PlaceOf(SourceLocation location) =>
        location.File.StartsWith(folder, StringComparison.Ordinal) ? CallerOf(location) : null;

    /// <summary>The same for any header: the line of C that led there.</summary>
    public SourceLocation? CallerOf(SourceLocation location)
    {
        for (var at = location; at is not null; at = at.InlinedAt)
        {
            if (_files.Contains(at.File))
                return at;
        }

        return null;
    }
}
