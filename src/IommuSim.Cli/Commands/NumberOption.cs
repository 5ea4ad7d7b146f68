using System.CommandLine;
using System.Globalization;

namespace IommuSim.Cli.Commands;

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
