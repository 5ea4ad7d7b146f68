using IommuSim.Cli.Rendering;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Commands;

/// <summary>A kernel: where it comes from, and the rows that it changes.</summary>
internal static class ShowKernel
{
    public static Page PageOf(KernelCatalog catalog, KernelNode node)
    {
        var facts = new PageTable("kernel", node.Name) { Prose = [1] };
        facts.Add("changes", node.Rationale);
        facts.Add("source", node.Source);
        facts.Add("built on", Chain(node));
        var children = catalog.Kernels.Where(k => ReferenceEquals(k.Parent, node)).Select(k => k.Name);
        facts.Add("patched by", string.Join(' ', children));
        facts.Add("types", KernelDelta.PolicyOf(node));
        var delta = new PageTable("table", "row", "before", "after") { Prose = [2, 3] };
        foreach (var row in KernelDelta.Of(node))
            delta.Add(row.Table, row.Row, OrDash(row.Before), OrDash(row.After));
        var page = new Page().Table(facts);
        page.Title(node.Parent is null ? "Its tables" : $"What differs from {node.Parent.Name}");
        _ = delta.Rows.Count == 0 ? page.Text("No row of the tables.") : page.Table(delta);
        return node.Design is { } design ? page.Title("What the design costs to extend").Table(Cost(design)) : page;
    }

    /// <summary>From the kernel itself back to the root.</summary>
    public static string Chain(KernelNode node)
    {
        var names = new List<string>();
        for (var parent = node.Parent; parent is not null; parent = parent.Parent)
            names.Add(parent.Name);
        return names.Count == 0 ? "nothing" : string.Join(" < ", names);
    }

    private static PageTable Cost(DesignCost design)
    {
        var table = new PageTable("question", "answer") { Prose = [1] };
        table.Add("the list lives in", design.Knowledge);
        table.Add("a new driver", design.PerDriver);
        table.Add("a new type", design.PerType);
        table.Add("largest type", design.LargestType);
        table.Add("past that", design.Overflow);
        return table;
    }

    private static Cell OrDash(string text) => text.Length == 0 ? new Cell("-", Tone.Quiet) : text;
}
