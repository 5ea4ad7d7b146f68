using System.Runtime.CompilerServices;

namespace IommuSim.Source.Execution;

/// <summary>
/// Numbers that were once found by one or two names. The names in our code are literals, the same objects each time, so
/// that their references are compared and no text is. Two numbers with one place displace each other.
/// </summary>
internal sealed class NameCache
{
    private const int Size = 8192;

    private readonly Entry?[] _entries = new Entry?[Size];

    /// <summary>The number, found again where it is not here.</summary>
    /// <param name="find">Finds the number in <paramref name="source"/>.</param>
    public ulong Get<T>(T source, string first, string second, Func<T, string, string, ulong> find)
    {
        var place = (RuntimeHelpers.GetHashCode(first) * 31 + RuntimeHelpers.GetHashCode(second)) & (Size - 1);
        if (
            _entries[place] is { } known
            && ReferenceEquals(known.First, first)
            && ReferenceEquals(known.Second, second)
        )
            return known.Number;
        // Threads share an image: an entry is complete before it is here.
        var number = find(source, first, second);
        Volatile.Write(ref _entries[place], new Entry(first, second, number));
        return number;
    }

    private sealed record Entry(string First, string Second, ulong Number);
}
