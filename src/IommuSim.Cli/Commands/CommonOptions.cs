using System.CommandLine;

namespace IommuSim.Cli.Commands;

/// <summary>Options that several commands have, each with the same meaning everywhere.</summary>
internal static class CommonOptions
{
    public static Option<string> Format()
    {
        var option = new Option<string>("--format")
        {
            Description = "text, json or markdown",
            HelpName = "text|json|markdown",
            DefaultValueFactory = _ => "text",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Enum.TryParse<Format>(token.Value, ignoreCase: true, out _))
                result.AddError($"'{token.Value}' is no format: expected text, json or markdown");
        });
        return option;
    }

    /// <summary>The value of <see cref="Format"/>, which was validated.</summary>
    public static Format FormatOf(ParseResult parsed, Option<string> option) =>
        Enum.Parse<Format>(parsed.GetValue(option)!, ignoreCase: true);

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
