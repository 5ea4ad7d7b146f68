using System.Globalization;

namespace IommuSim.Search.Campaigns;

/// <summary>One part of a campaign that several jobs share; every N-th work item is its.</summary>
/// <param name="Number">From 1 to <paramref name="Count"/>.</param>
internal readonly record struct Shard(int Number, int Count)
{
    /// <summary>The whole campaign.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Reads <c>K/N</c>.</summary>
    public static bool TryParse(string text, out Shard shard)
    {
        shard = Whole;
        var words = text.Split('/');
        if (words.Length != 2 || !IsNumber(words[0], out var number) || !IsNumber(words[1], out var count))
            return false;
        shard = new Shard(number, count);
        return number >= 1 && number <= count;
    }

    /// <summary>Its items of so many, numbered from 0, in their order.</summary>
    public IEnumerable<int> ItemsOf(int items)
    {
        for (long item = Number - 1; item < items; item += Count)
            yield return (int)item;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");

    internal static bool IsNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>A folder of a campaign cannot be used. The message is one sentence for the user.</summary>
internal sealed class CampaignException(string message) : Exception(message);
