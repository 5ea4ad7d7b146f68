using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Cli.Commands;

/// <summary>Options that several commands have, each with the same meaning everywhere.</summary>
internal static class CommonOptions
{
    public static Option<string> Format() => FormatOf("text", "json", "markdown");

    /// <summary>For a command that judges: also the formats that other programs read.</summary>
    public static Option<string> FormatOrDialect() =>
        FormatOf("text", "json", "markdown", "ktap", "junit", "sarif", "github");

    /// <summary>The formats of a command that has its own; the first is the default.</summary>
    public static Option<string> FormatOf(params string[] names) => Choice("--format", null, names, names[0]);

    /// <summary>An option whose value is one of a few words.</summary>
    /// <param name="description">What it decides; null where the words say it.</param>
    public static Option<string> Choice(string name, string? description, string[] words, string otherwise)
    {
        var list = ListOf(words);
        var option = new Option<string>(name)
        {
            Description = description is null ? list : $"{description}: {list}",
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => otherwise,
        };
        option.Validators.Add(result => RefuseOthers(result, $"{name} ", words));
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>An argument that is one of a few words.</summary>
    public static Argument<string> Word(string name, string description, string[] words)
    {
        var argument = new Argument<string>(name)
        {
            Description = $"{description}: {ListOf(words)}",
            HelpName = string.Join('|', words),
        };
        argument.Validators.Add(result => RefuseOthers(result, "", words));
        argument.CompletionSources.Add(words);
        return argument;
    }

    private static string ListOf(string[] words) => $"{string.Join(", ", words[..^1])} or {words[^1]}";

    /// <summary>A word that is none of these is an error; <paramref name="what"/> stands before it.</summary>
    private static void RefuseOthers(SymbolResult result, string what, string[] words)
    {
        if (result.Tokens is [var token] && !words.Contains(token.Value, StringComparer.OrdinalIgnoreCase))
            result.AddError($"{what}'{token.Value}': expected {ListOf(words)}");
    }

    /// <summary>The value of <see cref="Format"/> or <see cref="FormatOrDialect"/>, which was validated.</summary>
    public static Format FormatOf(ParseResult parsed, Option<string> option) =>
        Enum.Parse<Format>(parsed.GetValue(option)!, ignoreCase: true);

    public static Argument<string[]> Scenarios(string description) =>
        new("paths")
        {
            Description = description + ", or folders of them",
            HelpName = "file or folder",
            Arity = ArgumentArity.OneOrMore,
        };

    public static Option<string[]> Kernels(string description) =>
        CompletedByKernels<string[]>(new("--kernel") { Description = description, HelpName = "kernel[,switch=value]" });

    public static Option<string> Kernel(string description) =>
        CompletedByKernels<string>(new("--kernel") { Description = description, HelpName = "kernel" });

    /// <summary>The catalogue is made when a shell asks.</summary>
    private static Option<T> CompletedByKernels<T>(Option<T> option)
    {
        option.CompletionSources.Add(_ => KernelCatalog.Default.Kernels.Select(k => new CompletionItem(k.Name)));
        return option;
    }

    public static Option<string[]> DriverFiles() =>
        new("--drivers")
        {
            Description = "a file that describes more drivers by a table; repeatable",
            HelpName = "file",
        };
}

/// <summary>An option that is a number between two others, and says so when it is not.</summary>
internal sealed class NumberOption
{
    public NumberOption(string name, string description, ulong least, ulong most, ulong otherwise)
    {
        Otherwise = otherwise;
        Option = new Option<string>(name) { Description = description, HelpName = "number" };
        Option.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && (!TryParse(token.Value, out var value) || value < least || value > most)
            )
                result.AddError($"{name} '{token.Value}': expected a whole number from {least} to {most}");
        });
    }

    public Option<string> Option { get; }

    private ulong Otherwise { get; }

    public ulong ValueOf(ParseResult parsed) =>
        parsed.GetValue(Option) is { } text && TryParse(text, out var value) ? value : Otherwise;

    private static bool TryParse(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
