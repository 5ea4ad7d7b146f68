using IommuSim.Cli.Rendering;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Searches;
using IommuSim.Source.Files;
using IommuSim.Uapi;

namespace IommuSim.Cli.Commands;

/// <summary>The pages of <c>show</c>.</summary>
internal static class ShowPages
{
    /// <summary>A kernel: where it comes from, and the rows that it changes.</summary>
    public static Page Kernel(KernelCatalog catalog, KernelNode node)
    {
        if (catalog.SummaryOf(node) is { } summary)
            return SourceKernel(node, summary);
        var facts = new PageTable("kernel", node.Name) { Prose = [1] };
        facts.Add("changes", node.Rationale);
        facts.Add("source", node.Source);
        facts.Add("built on", Chain(node));
        var children = catalog.Kernels.Where(k => ReferenceEquals(k.Parent, node)).Select(k => k.Name);
        facts.Add("patched by", string.Join(' ', children));
        facts.Add("types", KernelDelta.PolicyOf(node));
        var bugs = new PageTable("bug", "is", "what it does", "known from") { Prose = [2, 3] };
        foreach (var (change, bug) in KernelDelta.BugsOf(node))
            bugs.Add(new Cell($"{bug.Id}", Tone.Strong), change, $"{bug.Name}: {bug.Description}", bug.Source);
        var delta = new PageTable("table", "row", "before", "after") { Prose = [2, 3] };
        foreach (var row in KernelDelta.Of(node))
            delta.Add(row.Table, row.Row, OrDash(row.Before), OrDash(row.After));
        var page = new Page().Table(facts);
        page.Title(node.Parent is null ? "Its tables" : $"What differs from {node.Parent.Name}");
        page.Table(bugs).Table(delta);
        return node.Design is { } design ? page.Title("What the design costs to extend").Table(Cost(design)) : page;
    }

    /// <summary>A kernel made of C: what was translated, and where a run would end.</summary>
    private static Page SourceKernel(KernelNode node, KernelSummary summary)
    {
        var facts = new PageTable("kernel", node.Name) { Prose = [1] };
        facts.Add("release", $"Linux {summary.Release}, its own C");
        facts.Add("file", node.Source);
        facts.Add("judged as", $"{node.StandsFor}: what scenarios state of that release is stated of it");
        facts.Add("functions", $"{summary.Functions}");
        facts.Add("instructions", $"{summary.Instructions}, of LLVM IR");
        facts.Add("not provided", summary.NotProvided.Count == 0 ? "-" : string.Join(", ", summary.NotProvided));
        return new Page().Table(facts);
    }

    /// <summary>From the kernel itself back to the root.</summary>
    private static string Chain(KernelNode node)
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

    /// <summary>A driver: its ops over time, and what its devices can be told.</summary>
    public static Page Driver(KernelCatalog catalog, string name)
    {
        var states = DriverStates(catalog, name);
        var newest = states[^1].Driver;
        var facts = new PageTable("driver", name) { Prose = [1] };
        facts.Add("is", newest.Summary);
        facts.Add("source", newest.Source);
        var history = new PageTable("from", "driver_type", "types", "ops") { Prose = [2, 3] };
        foreach (var (kernel, driver) in states)
        {
            history.Add(
                kernel.Name,
                DriverText.Number(driver.Ops.DriverType),
                DriverText.Types(driver.Ops),
                DriverText.Ops(driver.Ops)
            );
        }

        var options = new PageTable("option", "values", "meaning") { Prose = [1, 2] };
        foreach (var option in newest.Options)
            options.Add(
                option.Name,
                option.Values.Count == 0 ? "any" : string.Join('|', option.Values),
                option.Meaning
            );
        var page = new Page().Table(facts).Title("Its ops, kernel by kernel").Table(history);
        return options.Rows.Count == 0 ? page : page.Title("What a device can be told").Table(options);
    }

    /// <summary>
    /// The kernels at which the driver appears or changes, with what it is from there on.
    /// </summary>
    public static IReadOnlyList<(KernelNode Kernel, DriverSpec Driver)> DriverStates(KernelCatalog catalog, string name)
    {
        var states = new List<(KernelNode, DriverSpec)>();
        foreach (var kernel in catalog.Kernels)
        {
            if (DriversCommand.Find(catalog, kernel, name) is not { } driver)
                continue;
            var before = kernel.Parent is null ? null : DriversCommand.Find(catalog, kernel.Parent, name);
            if (before is null || DriverText.Describe(before) != DriverText.Describe(driver))
                states.Add((kernel, driver));
        }

        return states;
    }

    /// <summary>An ioctl: its layout in every kernel that has it.</summary>
    public static Page Ioctl(KernelCatalog catalog, IReadOnlyList<IoctlHistory> history)
    {
        var page = new Page();
        foreach (var (row, kernels) in history)
        {
            var facts = new PageTable("ioctl", row.Name) { Prose = [1] };
            facts.Add("request", $"0x{IoctlNumber.Request(row.Nr):x}");
            facts.Add("kernels", KernelNames.Describe(catalog.Kernels, kernels));
            facts.Add("modelled", Modelled(row));
            facts.Add("C function", row.Models.Length == 0 ? new Cell("not known", Tone.Quiet) : row.Models);
            if (row.Struct is not null)
                facts.Add("size", $"{row.Size} bytes; fewer than {row.MinSize} are EINVAL");
            facts.Add("errnos", Errnos(row));
            page.Table(facts);
            if (row.Struct is not null)
                page.Table(Layout(StructLayoutTable.Of(row.Struct)));
        }

        return page;
    }

    private static string Modelled(IoctlRow row)
    {
        var word = row.Support switch
        {
            Support.Full => "in full",
            Support.Partial => "in part",
            _ => "no",
        };
        return row.Note.Length == 0 ? word : $"{word}: {row.Note}";
    }

    /// <summary>By the contract, which is that of the newest kernel: an older one may have fewer.</summary>
    private static Cell Errnos(IoctlRow row) =>
        Reach.Documented(row.Name) is { Length: > 0 } errnos
            ? $"{string.Join(", ", errnos)}, as of Linux 7.3; 'iommusim explain --ioctl {row.Name}' tells why"
            : new Cell("not known", Tone.Quiet);

    private static PageTable Layout(StructLayoutTable layout)
    {
        var table = new PageTable("offset", "size", "type", $"struct {layout.CName}");
        foreach (var field in layout.Fields)
            table.Add($"{field.Offset}", $"{field.Size}", field.CType, field.CName);
        return table;
    }

    /// <summary>A scenario: what it asks, of whom, and why.</summary>
    public static Page Scenario(BoundScenario scenario)
    {
        var syntax = scenario.Syntax;
        var facts = new PageTable("scenario", scenario.Name) { Prose = [1] };
        facts.Add("question", syntax.Question.Text);
        facts.Add("why", syntax.Why.Text);
        facts.Add("source", syntax.Source.Text);
        facts.Add("file", scenario.Path);
        facts.Add("kernels", string.Join(' ', scenario.Kernels.Select(k => k.Name)));
        facts.Add("devices", string.Join('\n', syntax.Devices.Select(TextOf)));
        var steps = new PageTable("line", "step", "outcomes stated");
        foreach (var step in syntax.Steps)
            steps.Add($"{step.Span.Line}", TextOf(step), $"{step.Outcomes.Count}");
        return new Page().Table(facts).Table(steps).Text($"'iommusim run {scenario.Path} --trace' shows it at work.");
    }

    private static string TextOf(DeviceDeclaration device) => $"{device.Name.Text}: {device.Driver.Text}";

    private static string TextOf(Step step) =>
        step.Result is { } result ? $"{result.Text} = {step.Verb.Text}" : step.Verb.Text;
}
