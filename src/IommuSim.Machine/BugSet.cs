using System.Runtime.CompilerServices;

namespace IommuSim.Machine;

/// <summary>
/// The bugs that a kernel has, as a set of numbers from 0 to 255; the kernel assigns the numbers. Modelled code asks
/// for a number that it names, which is a load and a test: cheap enough for hot paths.
/// </summary>
internal readonly record struct BugSet
{
    private const int BitsPerWord = 64;

    private readonly ulong _word0;
    private readonly ulong _word1;
    private readonly ulong _word2;
    private readonly ulong _word3;

    private BugSet(ReadOnlySpan<ulong> words)
    {
        _word0 = words[0];
        _word1 = words[1];
        _word2 = words[2];
        _word3 = words[3];
    }

    public static BugSet None => default;

    public static BugSet Of(IEnumerable<int> numbers)
    {
        Span<ulong> words = stackalloc ulong[4];
        foreach (var number in numbers)
            words[number / BitsPerWord] |= 1UL << (number % BitsPerWord);
        return new BugSet(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(int number)
    {
        var word = (number / BitsPerWord) switch
        {
            0 => _word0,
            1 => _word1,
            2 => _word2,
            _ => _word3,
        };
        return ((word >> (number % BitsPerWord)) & 1) != 0;
    }
}
