using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Binding;

/// <summary>Finds the kernels that a header names.</summary>
internal static class KernelBinder
{
    /// <summary>
    /// The kernels in the order of the tree, each once; those outside the history only by their own
    /// name.
    /// </summary>
    public static ImmutableArray<KernelNode> Bind(
        IReadOnlyList<KernelSelector> selectors,
        KernelCatalog catalog,
        DiagnosticSink sink
    )
    {
        foreach (var selector in selectors)
        {
            if (catalog.Find(selector.Name) is null)
                Unknown(selector, catalog, sink);
        }

        return
        [
            .. catalog.Kernels.Where(kernel => selectors.Any(s => OutcomeSelection.DistanceOf(s, kernel) is not null)),
            .. catalog.ByNameOnly.Where(kernel => selectors.Any(s => s.Name == kernel.Name)),
        ];
    }

    public static void Unknown(KernelSelector selector, KernelCatalog catalog, DiagnosticSink sink)
    {
        var names = catalog.Kernels.Concat(catalog.ByNameOnly).Select(k => k.Name);
        sink.Error(
            selector.Span,
            $"unknown kernel '{Token.Shorten(selector.Name)}'; 'iommusim kernels' lists them",
            NearestWord.Find(selector.Name, names)
        );
    }
}
