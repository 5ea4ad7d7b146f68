using System.Runtime.CompilerServices;

namespace IommuSim.Machine;

/// <summary>
/// The bugs that a kernel has, as a set of numbers from 0 to 255; the kernel assigns the numbers. Modelled code asks
/// for a number that it names, which is a load and a test: cheap enough for hot paths.
/// </summary>
internal readonly record struct BugSet
{
    public const int BitsPerWord = 64;

    public readonly ulong Word0;
    public readonly ulong Word1;
    public readonly ulong Word2;
    public readonly ulong Word3;

    private BugSet(ReadOnlySpan<ulong> words)
    {
        Word0 = words[0];
        Word1 = words[1];
        Word2 = words[2];
        Word3 = words[3];
    }

    public static BugSet None => default;

    public static BugSet Of(IEnumerable<int> numbers)
    {
        Span<ulong> words = stackalloc ulong[4];
        foreach (var number in numbers)
            words[number / BitsPerWord] |= 1UL << (number % BitsPerWord);
        return new BugSet(words);
    }

    public bool Has(int number) =>
        Has(
            number,
            (number / BitsPerWord) switch
            {
                0 => Word0,
                1 => Word1,
                2 => Word2,
                _ => Word3,
            }
        );

    /// <summary>The same for the word that the number is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int number, ulong word) => ((word >> (number % BitsPerWord)) & 1) != 0;
}
