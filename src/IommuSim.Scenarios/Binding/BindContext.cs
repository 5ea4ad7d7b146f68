using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Binding;

/// <summary>What the passes over one scenario share.</summary>
internal sealed class BindContext
{
    public BindContext(
        KernelCatalog catalog,
        Scenario scenario,
        ImmutableArray<KernelNode> kernels,
        DiagnosticSink sink
    )
    {
        Catalog = catalog;
        Kernels = kernels;
        Sink = sink;
        Names = new NameScope(scenario, sink);
        Values = new ValueBinder(Names, sink);
        Memory = new MemoryBinder(catalog, Values, sink);
    }

    public KernelCatalog Catalog { get; }

    /// <summary>The kernels that the scenario names.</summary>
    public ImmutableArray<KernelNode> Kernels { get; }

    public DiagnosticSink Sink { get; }

    public NameScope Names { get; }

    public ValueBinder Values { get; }

    public MemoryBinder Memory { get; }
}
