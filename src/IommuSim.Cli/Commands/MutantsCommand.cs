using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Mutants;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Mutants;
using IommuSim.Source.Building;
using IommuSim.Source.Ir;
using IommuSim.Source.Mutations;
using IommuSim.Source.Provided;

namespace IommuSim.Cli.Commands;

/// <summary>
/// <c>mutants</c>: how much of what could be wrong in a kernel's C is found. For those who work on the searches, so it
/// is not listed; the README of IommuSim.Search has it.
/// </summary>
internal static class MutantsCommand
{
    private const int MostMutants = 100_000;

    public static Command Create(CommandContext context)
    {
        var tree = new Argument<string>("tree") { Description = "the folder of a kernel tree", HelpName = "tree" };
        var folder = new Option<string>("-o", "--output")
        {
            Description = "the folder of the campaign; one that was ended goes on",
            HelpName = "folder",
            Required = true,
        };
        var count = new NumberOption("--count", "how many mutants are drawn, 300 by default", 1, MostMutants, 300);
        var seed = SearchOptions.Seed();
        var scenarios = new Option<string>("--scenarios")
        {
            Description = "the scenarios",
            HelpName = "folder",
            DefaultValueFactory = _ => "scenarios",
        };
        var selftest = new Option<string>("--selftest")
        {
            Description = "a folder with Linux's programs iommufd and iommufd_fail_nth; left out without it",
            HelpName = "folder",
        };
        var tests = new Option<string>("--conformance")
        {
            Description = "the folder with the lists of tests that pass and of known reports",
            HelpName = "folder",
            DefaultValueFactory = _ => Path.Combine("tests", "conformance"),
        };
        var only = new Option<string>("--only")
        {
            Description = "run these mutants again, by their numbers with commas between them",
            HelpName = "numbers",
        };
        var write = new Option<string>("--kernel")
        {
            Description = "write the mutant of --only to this file, for --kernel of other commands, and run nothing",
            HelpName = "file",
        };
        var table = new Option<bool>("--table") { Description = "print what the folder holds, and run nothing" };
        var command = new Command("mutants", "Makes mutants of a kernel's C and counts which the searches kill.")
        {
            tree,
            folder,
            count.Option,
            seed,
            scenarios,
            selftest,
            tests,
            only,
            write,
            table,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(folder)!;
            if (parsed.GetValue(table))
            {
                MarkdownPage.Write(MutantTable.Of(MutantCampaign.Read(path), JudgedIn(path)), context.Output);
                return ExitCode.Holds;
            }

            var draw = new MutantDraw(SearchOptions.SeedOf(parsed.GetValue(seed)), (int)count.ValueOf(parsed));
            var numbers = NumbersOf(parsed.GetValue(only), draw.Count);
            var built = BuildCommand.Compile(context, parsed.GetValue(tree)!);
            var modules = BuildCommand.Read(built);
            var places = modules.SelectMany(m => MutationSites.Of(m, MutationScope.Iommufd)).ToArray();
            var mutations = MutationDraw.Draw(places, draw.Seed, draw.Count);
            if (parsed.GetValue(write) is { } file)
                return Write(context, built.Version, modules, mutations, numbers, file);
            Directory.CreateDirectory(path);
            var kernel = MutantKernel.Make(built.Version, modules, mutations, ProvidedTable.Instance);
            var load = ScenarioSuite.Load([parsed.GetValue(scenarios)!], KernelCatalog.Default);
            if (load.Errors.Count > 0)
                throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
            var programs = parsed.GetValue(selftest) is { } own ? SelftestIn(own, parsed.GetValue(tests)!, path) : null;
            var identity = string.Create(
                CultureInfo.InvariantCulture,
                $"Linux {built.Version}, {draw.Count} of {places.Length} from seed {draw.Seed}, {new MutantBudget()}"
            );
            context.Output.Write(identity + "\n");
            new MutantCampaign(path, identity, mutations, kernel, load.Scenarios, programs, context.Output).Run(
                numbers,
                new Progress(context)
            );
            return ExitCode.Holds;
        });
        return command;
    }

    private static int Write(
        CommandContext context,
        string release,
        IReadOnlyList<IrModule> modules,
        IReadOnlyList<Mutation> mutations,
        IReadOnlyCollection<int> numbers,
        string path
    )
    {
        if (numbers.Count != 1)
            throw new InputErrorException("--kernel writes one mutant: give its number by --only");
        BuildCommand.CheckExtension(path);
        var mutation = mutations[numbers.Single() - 1];
        using (var file = File.Create(path))
            MutantKernel.Write(file, release, modules, mutation, ProvidedTable.Instance);
        context.Output.Write($"{path}: {mutation}\n");
        return ExitCode.Holds;
    }

    private static Selftest SelftestIn(string programs, string lists, string folder) =>
        new(
            programs,
            folder,
            File.ReadLines(Path.Combine(lists, "must-pass-source.txt")),
            File.ReadLines(Path.Combine(lists, "known-reports-source.txt"))
        );

    private static int[] NumbersOf(string? text, int count) =>
        text is null
            ? []
            :
            [
                .. text.Split(',')
                    .Select(word =>
                        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                        && number >= 1
                        && number <= count
                            ? number
                            : throw new InputErrorException($"--only '{word}': expected a number from 1 to {count}")
                    ),
            ];

    /// <summary>What a reader of the C has judged: a number, a word, a reason, with tabs between them.</summary>
    private static Dictionary<int, (string Word, string Why)> JudgedIn(string folder)
    {
        var path = Path.Combine(folder, "judged.tsv");
        return File.Exists(path)
            ? File.ReadLines(path)
                .Select(line => line.Split('\t'))
                .Where(parts => parts.Length == 3)
                .ToDictionary(p => int.Parse(p[0], CultureInfo.InvariantCulture), p => (p[1], p[2]))
            : [];
    }

    private sealed record MutantDraw(ulong Seed, int Count);
}
