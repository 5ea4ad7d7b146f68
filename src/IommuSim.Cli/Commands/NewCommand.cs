using System.CommandLine;
using System.Reflection;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Cli.Commands;

/// <summary><c>new</c>: a small file to begin with, which runs as it is.</summary>
internal static class NewCommand
{
    private const string Scenario = "scenario";
    private const string Driver = "driver";

    public static Command Create(CommandContext context)
    {
        var kind = CommonOptions.Word("kind", "what it is", [Scenario, Driver]);
        var name = new Argument<string>("name")
        {
            Description = "its name, and that of the file: NAME.scenario or NAME.yaml",
            HelpName = "name",
        };
        var kernel = CommonOptions.Kernel("of a scenario: the kernel that it asks; linux-7.3 without it");
        var folder = new Option<string>("--out")
        {
            Description = "the folder of the file; this one without it",
            HelpName = "folder",
        };
        var command = new Command("new", "Writes a small scenario or driver file to begin with.")
        {
            kind,
            name,
            kernel,
            folder,
        };
        command.SetAction(parsed =>
        {
            var (word, asked) = (parsed.GetValue(name)!, parsed.GetValue(kernel));
            RefuseNoName(word);
            var path = Path.Combine(parsed.GetValue(folder) ?? "", word);
            var next = string.Equals(parsed.GetValue(kind), Scenario, StringComparison.OrdinalIgnoreCase)
                ? WriteScenario(path, word, asked)
                : WriteDriver(path, word, asked);
            context.Output.Write($"{next}\n");
            return ExitCode.Holds;
        });
        return command;
    }

    private static void RefuseNoName(string name)
    {
        if (
            name is not [var first, ..]
            || !char.IsAsciiLetter(first)
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        )
            throw new InputErrorException(
                $"'{name}' is no name: expected a letter, then letters, digits, '-' and '_', as in 'my-question'"
            );
    }

    private static string WriteScenario(string path, string name, string? kernel)
    {
        var catalog = KernelCatalog.Default;
        var node = Inputs.Kernel(catalog, kernel ?? ExplainCommand.Newest);
        // A kernel made of C is asked what is stated of its release.
        var stated = node.StandsFor ?? node;
        var file = path + ".scenario";
        Write(file, Template(Scenario, name).Replace("KERNEL", stated.Name, StringComparison.Ordinal));
        var forced = ReferenceEquals(stated, node) ? "" : $" --kernel {kernel}";
        return $"{file} is written. Next: iommusim run {file}{forced} --trace";
    }

    private static string WriteDriver(string path, string name, string? kernel)
    {
        if (kernel is not null)
            throw new InputErrorException("--kernel is for a scenario; a driver is in every kernel, so leave it out");
        if (Inputs.DriverNames(KernelCatalog.Default).Contains(name, StringComparer.Ordinal))
            throw new InputErrorException($"there is a driver '{name}' already; give another name");
        var file = path + ".yaml";
        Write(file, Template(Driver, name));
        return $"{file} is written. Next: iommusim compare --drivers {file} --driver {name}";
    }

    private static string Template(string kind, string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"new.{kind}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("NAME", name, StringComparison.Ordinal);
    }

    /// <summary>Writes a file that is not there; one that is stays as it is.</summary>
    private static void Write(string file, string text)
    {
        if (Path.Exists(file))
            throw new InputErrorException($"there is a file '{file}' already; give another name, or move it away");
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    }
}
