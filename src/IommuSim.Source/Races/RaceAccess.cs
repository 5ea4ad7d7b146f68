using IommuSim.Source.Execution;

namespace IommuSim.Source.Races;

/// <summary>How the C accesses memory, which decides with what it can race.</summary>
[Flags]
internal enum AccessKind
{
    PlainRead = 0,
    Write = 1,

    /// <summary>Volatile or atomic: READ_ONCE, WRITE_ONCE and all that is made of them.</summary>
    Marked = 2,

    /// <summary>Of many bytes at once: memcpy, memset, a copy from or to a program.</summary>
    Bulk = 4,

    /// <summary>The memory is given back, which no other access may be concurrent to.</summary>
    Free = 8,
}

/// <summary>One access to up to eight bytes of a granule, as long as a later one can race with it.</summary>
internal sealed class RaceAccess
{
    /// <summary>The number of the task's clock.</summary>
    public required int Context { get; init; }

    public required Cpu Cpu { get; init; }

    public required AccessKind Kind { get; init; }

    /// <summary>A bit for each byte of the granule.</summary>
    public required byte Bytes { get; init; }

    public uint Epoch { get; set; }

    public ulong Address { get; set; }

    /// <summary>Bytes of the whole access.</summary>
    public ulong Size { get; set; }

    public int Site { get; set; }

    /// <summary>The sites of the callers, the outermost first.</summary>
    public int[] Callers { get; set; } = [];

    public string Call { get; set; } = "";

    public bool IsWrite => Kind.HasFlag(AccessKind.Write);

    public bool IsMarked => Kind.HasFlag(AccessKind.Marked);

    public bool IsFree => Kind.HasFlag(AccessKind.Free);

    /// <summary>A write that a compiler is hoped to make in one piece.</summary>
    public bool IsAlignedWrite => Kind == AccessKind.Write && Size is 1 or 2 or 4 or 8 && Address % Size == 0;

    /// <summary>Whether two accesses that nothing orders are a data race.</summary>
    public static bool Conflict(AccessKind left, AccessKind right) =>
        (left | right).HasFlag(AccessKind.Free)
        || ((left | right).HasFlag(AccessKind.Write) && !(left & right).HasFlag(AccessKind.Marked));
}
