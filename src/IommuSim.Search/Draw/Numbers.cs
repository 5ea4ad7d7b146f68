using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Draw;

/// <summary>Numbers at which code changes its mind.</summary>
internal static class Numbers
{
    private static readonly ulong[] s_small = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 255, 4095, 4096, 4097];
    private static readonly ulong[] s_magic = [0xdead, 0xbadbeef, 0xdeadbeef];
    private static readonly ulong[] s_large = [0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, ulong.MaxValue];
    private static readonly ulong[] s_boundaries = [.. s_small, .. s_magic, .. s_large];
    private static readonly ulong[] s_lowTypes = [0, 1, 2, 3, 4, 31, 32, 33, 34, 63, 64, 65];
    private static readonly ulong[] s_types = [.. s_lowTypes, .. s_magic, 0xffffffff];
    private static readonly ulong[] s_ids = [0, 1, 2, 3, 5, 9, 63, 64, 0x80000000, 0xffffffff];

    public static ulong Boundary(SplitMix random) => random.Pick(s_boundaries);

    public static ulong Id(SplitMix random) => random.Pick(s_ids);

    public static ulong Type(SplitMix random) => random.Pick(s_types);

    /// <summary>A length near one that would be right.</summary>
    public static ulong Near(ulong length, SplitMix random) =>
        random.Below(8) switch
        {
            0 => 0,
            1 => 1,
            2 => length - 1,
            3 => length + 1,
            4 => length + 8,
            5 => 4096,
            6 => 0x80000000,
            _ => 0xffffffff,
        };

    /// <summary>A type, mostly this one.</summary>
    public static ulong TypeOr(uint type, SplitMix random) => random.OneIn(12) ? Type(random) : type;

    /// <summary>The length of a struct in the memory, mostly.</summary>
    public static ulong LengthOf(MemorySpec structs, SplitMix random)
    {
        var length = (ulong)structs.Layout!.Size;
        return random.OneIn(8) ? Near(length, random) : length;
    }

    /// <summary>How many entries are told.</summary>
    public static ulong Count(SplitMix random) =>
        random.Below(16) switch
        {
            0 => Boundary(random),
            1 => 0ul,
            2 => 2ul,
            _ => 1ul,
        };
}
