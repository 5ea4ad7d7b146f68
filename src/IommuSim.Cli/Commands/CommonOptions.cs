using System.CommandLine;
using System.Globalization;

namespace IommuSim.Cli.Commands;

/// <summary>Options that several commands have, each with the same meaning everywhere.</summary>
internal static class CommonOptions
{
    public static Option<string> Format() => FormatOption("text", "json", "markdown");

    /// <summary>For a command that judges: also the formats that other programs read.</summary>
    public static Option<string> FormatOrDialect() =>
        FormatOption("text", "json", "markdown", "ktap", "junit", "sarif", "github");

    private static Option<string> FormatOption(params string[] names)
    {
        var list = $"{string.Join(", ", names[..^1])} or {names[^1]}";
        var option = new Option<string>("--format")
        {
            Description = list,
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => "text",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !names.Contains(token.Value, StringComparer.OrdinalIgnoreCase))
                result.AddError($"'{token.Value}' is no format: expected {list}");
        });
        return option;
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
        new("--kernel") { Description = description, HelpName = "kernel[,switch=value]" };

    public static Option<string> Kernel(string description) =>
        new("--kernel") { Description = description, HelpName = "kernel" };

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
