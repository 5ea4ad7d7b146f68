using System.CommandLine;
using System.Globalization;

namespace IommuSim.Cli.Commands;

/// <summary>What the searches are told, and one sentence for each way to say it wrong.</summary>
internal static class SearchOptions
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(30);

    public static Option<string> Seed() =>
        new("--seed")
        {
            Description = "where the random choices come from; a number, 1 by default",
            HelpName = "number",
        };

    public static Option<string> Time(string description) =>
        new("--time") { Description = description + ", for example 30s or 5m", HelpName = "time" };

    public static ulong SeedOf(string? text)
    {
        if (text is null)
            return 1;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new InputErrorException($"'{text}' is no seed: expected a number from 0 to {ulong.MaxValue}");
    }

    public static long? CountOf(string option, string? text)
    {
        if (text is null)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new InputErrorException($"{option} needs a number from 1, not '{text}'");
    }

    /// <summary>A number of seconds, or one with s, m or h behind it; null without a text.</summary>
    public static TimeSpan? TimeOf(string? text)
    {
        if (text is null)
            return null;
        var factor =
            text.Length == 0
                ? 0
                : text[^1] switch
                {
                    's' => 1,
                    'm' => 60,
                    'h' => 3600,
                    _ => 0,
                };
        var digits = factor == 0 ? text : text[..^1];
        var parsed = double.TryParse(
            digits,
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        );
        var seconds = number * Math.Max(1, factor);
        return parsed && seconds > 0 && seconds <= s_longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new InputErrorException(
                $"'{text}' is no time: expected seconds, or a number with s, m or h, up to 30 days"
            );
    }
}
