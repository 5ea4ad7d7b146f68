namespace IommuSim.Machine;

/// <summary>
/// The bugs that a kernel has, as a set of small numbers; which number is which bug is the kernel's to say. A test
/// of one number is a load and a shift, so that modelled code may ask on hot paths.
/// </summary>
public sealed class BugSet : IEquatable<BugSet>
{
    private const int BitsPerWord = 64;
    private const int Words = 4;

    private readonly ulong[] _words;

    private BugSet(ulong[] words) => _words = words;

    public static BugSet None { get; } = new(new ulong[Words]);

    /// <summary>Numbers from 0 to 255.</summary>
    public static BugSet Of(IEnumerable<int> numbers)
    {
        var words = new ulong[Words];
        foreach (var number in numbers)
            words[number / BitsPerWord] |= 1UL << (number % BitsPerWord);
        return new BugSet(words);
    }

    public bool Has(int number) => ((_words[number >> 6] >> (number & 63)) & 1) != 0;

    public bool Equals(BugSet? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    public override bool Equals(object? obj) => Equals(obj as BugSet);

    public override int GetHashCode() => HashCode.Combine(_words[0], _words[1], _words[2], _words[3]);
}
