using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Mutants;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Mutants;
using IommuSim.Source.Ir;
using IommuSim.Source.Mutations;
using IommuSim.Source.Provided;

namespace IommuSim.Cli.Commands;

/// <summary>
/// <c>mutants</c>: how much of what could be wrong in a kernel's C is found; see mutants.md of IommuSim.Search.
/// </summary>
internal static class MutantsCommand
{
    private const int MostMutants = 100_000;

    public static Command Create(CommandContext context)
    {
        var words = new Words();
        var command = new Command("mutants", "Makes mutants of a kernel's C and counts which the searches kill.")
        {
            words.Tree,
            words.Folder,
            words.Count.Option,
            words.Seed,
            words.Scenarios,
            words.Selftest,
            words.Conformance,
            words.Only,
            words.Kernel,
            words.Table,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(words.Folder)!;
            if (!parsed.GetValue(words.Table))
                return Run(context, words, parsed, folder);
            MarkdownPage.Write(
                MutantTable.Of(MutantCampaign.Read(folder), JudgedIn(parsed.GetValue(words.Conformance)!)),
                context.Output
            );
            return ExitCode.Holds;
        });
        return command;
    }

    private static int Run(CommandContext context, Words words, ParseResult parsed, string folder)
    {
        var seed = SearchOptions.SeedOf(parsed.GetValue(words.Seed));
        var count = (int)words.Count.ValueOf(parsed);
        var numbers = NumbersOf(parsed.GetValue(words.Only), count);
        var load = ScenarioSuite.Load([parsed.GetValue(words.Scenarios)!], KernelCatalog.Default);
        if (load.Errors.Count > 0)
            throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
        var built = BuildCommand.Compile(context, parsed.GetValue(words.Tree)!);
        var modules = BuildCommand.Read(built);
        var places = modules.SelectMany(m => MutationSites.Of(m, MutationScope.Iommufd)).ToArray();
        var mutations = MutationDraw.Draw(places, seed, count);
        if (parsed.GetValue(words.Kernel) is { } file)
            return Write(context, built.Version, modules, mutations, numbers, file);
        Directory.CreateDirectory(folder);
        var kernel = MutantKernel.Make(built.Version, modules, mutations, ProvidedTable.Instance);
        var programs = parsed.GetValue(words.Selftest) is { } own
            ? SelftestIn(own, parsed.GetValue(words.Conformance)!, folder)
            : null;
        var recordings = PlayCommand
            .Files(Path.Combine(parsed.GetValue(words.Conformance)!, "recorded"))
            .Select(PlayCommand.Read);
        var identity = string.Create(
            CultureInfo.InvariantCulture,
            $"Linux {built.Version}, {count} of {places.Length} from seed {seed}, {new MutantBudget()}"
        );
        context.Output.Write(identity + "\n");
        var campaign = new MutantCampaign(
            folder,
            identity,
            mutations,
            kernel,
            load.Scenarios,
            recordings,
            programs,
            context.Output
        );
        campaign.Run(numbers, new Progress(context));
        return ExitCode.Holds;
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

    /// <summary>What a reader of the C has judged: a place, a word, a reason, with tabs between them.</summary>
    private static Dictionary<string, (string Word, string Why)> JudgedIn(string lists)
    {
        var path = Path.Combine(lists, "mutants-judged.tsv");
        return File.Exists(path)
            ? File.ReadLines(path)
                .Select(line => line.Split('\t'))
                .Where(parts => parts.Length == 3)
                .ToDictionary(p => p[0], p => (p[1], p[2]), StringComparer.Ordinal)
            : [];
    }

    /// <summary>The words of the command line.</summary>
    private sealed class Words
    {
        public Argument<string> Tree { get; } =
            new("tree") { Description = "the folder of a kernel tree", HelpName = "tree" };

        public Option<string> Folder { get; } =
            new("-o", "--output")
            {
                Description = "the folder of the campaign; one that was ended goes on",
                HelpName = "folder",
                Required = true,
            };

        public NumberOption Count { get; } =
            new("--count", "how many mutants are drawn, 300 by default", 1, MostMutants, 300);

        public Option<string> Seed { get; } = SearchOptions.Seed();

        public Option<string> Scenarios { get; } =
            new("--scenarios")
            {
                Description = "the scenarios",
                HelpName = "folder",
                DefaultValueFactory = _ => "scenarios",
            };

        public Option<string> Selftest { get; } =
            new("--selftest")
            {
                Description = "a folder of 'tests/conformance/run --programs'; no program is run without it",
                HelpName = "folder",
            };

        public Option<string> Conformance { get; } =
            new("--conformance")
            {
                Description = "the folder with recorded runs, and lists: tests that pass, known reports, judgements",
                HelpName = "folder",
                DefaultValueFactory = _ => Path.Combine("tests", "conformance"),
            };

        public Option<string> Only { get; } =
            new("--only")
            {
                Description = "our searches again on these mutants, by their numbers with commas between them",
                HelpName = "numbers",
            };

        public Option<string> Kernel { get; } =
            new("--kernel")
            {
                Description =
                    "write the mutant of --only to this file, for --kernel of other commands, and run nothing",
                HelpName = "file",
            };

        public Option<bool> Table { get; } =
            new("--table") { Description = "print what the folder holds, and run nothing" };
    }
}
