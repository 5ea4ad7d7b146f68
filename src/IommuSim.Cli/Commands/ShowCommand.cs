using System.CommandLine;
using System.CommandLine.Completions;
using IommuSim.Cli.Json;
using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary><c>show</c>: everything there is to say about one name.</summary>
internal static class ShowCommand
{
    public static Command Create(CommandContext context)
    {
        var name = new Argument<string>("name")
        {
            Description = "a kernel, a driver, an ioctl or a scenario",
            HelpName = "name",
        };
        name.CompletionSources.Add(_ => Inputs.ShownNames(KernelCatalog.Default).Select(n => new CompletionItem(n)));
        var scenarios = new Option<string>("--scenarios")
        {
            Description = "where scenarios are looked for",
            HelpName = "folder",
            DefaultValueFactory = _ => "scenarios",
        };
        var kernel = CommonOptions.Kernel("of an ioctl: as this kernel has it");
        var files = CommonOptions.DriverFiles();
        var format = CommonOptions.Format();
        var command = new Command("show", "Tells everything about one kernel, driver, ioctl or scenario.")
        {
            name,
            kernel,
            scenarios,
            files,
            format,
        };
        command.SetAction(parsed =>
        {
            var shown = new Shown(
                Inputs.Catalog(parsed.GetValue(files)),
                parsed.GetValue(name)!,
                parsed.GetValue(scenarios)!
            );
            if (parsed.GetValue(kernel) is { } one)
                ShowIoctl(context, CommonOptions.FormatOf(parsed, format), shown, Inputs.Kernel(shown.Catalog, one));
            else
                Show(context, CommonOptions.FormatOf(parsed, format), shown);
            return ExitCode.Holds;
        });
        return command;
    }

    private static void Show(CommandContext context, Format format, Shown shown)
    {
        var (catalog, name, _) = shown;
        if (catalog.Find(name) is { } node)
            context.Write(format, () => ShowPages.Kernel(catalog, node), () => CatalogJson.Kernel(catalog, node));
        else if (Inputs.DriverNames(catalog).Contains(name, StringComparer.Ordinal))
            context.Write(format, () => ShowPages.Driver(catalog, name), () => CatalogJson.Driver(catalog, name));
        else if (IoctlHistory.Of(catalog).Where(h => h.Row.Name == name).ToArray() is [_, ..] history)
            context.Write(format, () => ShowPages.Ioctl(catalog, history), () => CatalogJson.Ioctls(history));
        else if (shown.FindScenario() is { } scenario)
            context.Write(format, () => ShowPages.Scenario(scenario), () => CatalogJson.Scenario(scenario));
        else
            throw new InputErrorException(shown.NothingFound());
    }

    /// <summary>The ioctl in the shape that one kernel has.</summary>
    private static void ShowIoctl(CommandContext context, Format format, Shown shown, KernelNode kernel)
    {
        var (catalog, name, _) = shown;
        var rows = catalog.SpecOf(kernel).Calls.ToArray();
        if (rows.FirstOrDefault(row => row.Name == name) is not { } own)
            throw new InputErrorException(NotOfKernel(catalog, kernel, name, rows.Select(row => row.Name)));
        IoctlHistory[] history = [new IoctlHistory(own, [kernel])];
        context.Write(format, () => ShowPages.Ioctl(catalog, history), () => CatalogJson.Ioctls(history));
    }

    private static string NotOfKernel(KernelCatalog catalog, KernelNode kernel, string name, IEnumerable<string> own)
    {
        if (catalog.Find(name) is not null || Inputs.DriverNames(catalog).Contains(name, StringComparer.Ordinal))
            return $"--kernel is for an ioctl, and '{name}' is none; leave it out";
        return Inputs.NoSuchIoctl(catalog, kernel, name, own);
    }

    /// <summary>A name, and where to look for it.</summary>
    private sealed record Shown(KernelCatalog Catalog, string Name, string Folder)
    {
        private IReadOnlyList<BoundScenario>? _scenarios;

        /// <summary>Files that do not load are no reason to refuse a scenario that does.</summary>
        private IReadOnlyList<BoundScenario> Scenarios =>
            _scenarios ??= Directory.Exists(Folder) ? ScenarioSuite.Load([Folder], Catalog).Scenarios : [];

        public BoundScenario? FindScenario() => Scenarios.FirstOrDefault(s => s.Name == Name);

        public string NothingFound()
        {
            var names = Inputs.ShownNames(Catalog).Concat(Scenarios.Select(s => s.Name));
            var near = NearestWord.Find(Name, names) is { } word ? $"did you mean '{word}'?" : null;
            return $"there is no kernel, driver, ioctl or scenario '{Name}'; "
                + (KernelNames.NearRelease(Catalog, Name) ?? near ?? $"scenarios were looked for in '{Folder}'");
        }
    }
}
