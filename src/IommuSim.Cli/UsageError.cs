using System.CommandLine;
using System.CommandLine.Parsing;
using IommuSim.Scenarios.Language;

namespace IommuSim.Cli;

/// <summary>
/// Says in one sentence what is wrong with a command line, and what was probably meant.
/// </summary>
internal static class UsageError
{
    /// <summary>Null for a command line without an error.</summary>
    public static string? Find(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (MisspeltOption(parsed) is { } option)
            return NoSuchOption(parsed.CommandResult, option);
        if (parsed.Errors.Count == 0)
            return null;
        if (parsed.UnmatchedTokens is [var word, ..])
            return command is RootCommand ? NoSuchCommand(command, word) : TooMuch(command, word);
        if (command is RootCommand)
            return "no command given; 'iommusim --help' lists them";
        return Describe(parsed.Errors[0], command);
    }

    private static string Describe(ParseError error, Command command) =>
        error.SymbolResult switch
        {
            OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name} needs a value: {Meaning(option.Option)}",
            OptionResult { Tokens.Count: > 1, Option.Arity.MaximumNumberOfValues: 1 } option =>
                $"{option.Option.Name} may be given only once",
            ArgumentResult { Tokens.Count: 0 } argument =>
                $"'{command.Name}' needs <{argument.Argument.HelpName ?? argument.Argument.Name}>; "
                    + $"'iommusim {command.Name} --help' tells more",
            _ => error.Message,
        };

    private static string Meaning(Option option) => (option.Description ?? "").TrimEnd('.');

    /// <summary>A word with a dash that was taken for an argument, or for nothing at all.</summary>
    private static string? MisspeltOption(ParseResult parsed)
    {
        var words = parsed
            .CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Select(token => token.Value);
        return words.Concat(parsed.UnmatchedTokens).FirstOrDefault(word => word is ['-', _, ..]);
    }

    private static string NoSuchOption(CommandResult command, string word)
    {
        var name = word.Split('=')[0];
        var owner = command.Command is RootCommand ? "iommusim" : $"'{command.Command.Name}'";
        return $"{owner} has no option '{name}'"
            + Suggest(name, command.Command.Options.SelectMany(o => o.Aliases.Prepend(o.Name)));
    }

    private static string NoSuchCommand(Command root, string word) =>
        $"there is no command '{word}'" + Suggest(word, root.Subcommands.Select(c => c.Name));

    private static string TooMuch(Command command, string word) =>
        $"'{command.Name}' takes no argument '{word}'; 'iommusim {command.Name} --help' tells more";

    private static string Suggest(string word, IEnumerable<string> candidates) =>
        NearestWord.Find(word, candidates) is { } near ? $"; did you mean '{near}'?" : "; --help lists them";
}
