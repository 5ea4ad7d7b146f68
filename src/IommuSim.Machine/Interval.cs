namespace IommuSim.Machine;

/// <summary>
/// An inclusive range of numbers with what it stands for; a node of one <see cref="IntervalTree{T}"/>.
/// </summary>
internal sealed class Interval<T>(ulong start, ulong last, T value)
{
    public ulong Start { get; } = start;

    /// <summary>Inclusive.</summary>
    public ulong Last { get; } = last;

    public T Value { get; } = value;

    /// <summary>Equal starts stand in the order of insertion; 0 outside of a tree.</summary>
    internal uint Sequence { get; set; }

    internal Interval<T>? Left { get; set; }

    internal Interval<T>? Right { get; set; }

    internal int Height { get; set; }

    /// <summary>The largest <see cref="Last"/> of this node and all below it.</summary>
    internal ulong MaxLast { get; set; }

    public bool IsInTree => Sequence != 0;

    internal bool IsBefore(Interval<T> other) => Start != other.Start ? Start < other.Start : Sequence < other.Sequence;
}
