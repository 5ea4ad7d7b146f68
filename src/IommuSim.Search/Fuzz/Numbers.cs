using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>Numbers at which code changes its mind.</summary>
internal static class Numbers
{
    private static readonly ulong[] s_boundaries =
    [
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        15,
        16,
        31,
        32,
        33,
        63,
        64,
        255,
        4095,
        4096,
        4097,
        0xdead,
        0xbadbeef,
        0xdeadbeef,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        0x100000000,
        ulong.MaxValue,
    ];

    private static readonly ulong[] s_ids = [0, 1, 2, 3, 5, 9, 63, 64, 0x80000000, 0xffffffff];

    private static readonly ulong[] s_types =
    [
        0,
        1,
        2,
        3,
        4,
        31,
        32,
        33,
        34,
        63,
        64,
        65,
        0xdead,
        0xbadbeef,
        0xdeadbeef,
        0xffffffff,
    ];

    public static ulong Boundary(ref SplitMix random) => Pick(s_boundaries, ref random);

    public static ulong Id(ref SplitMix random) => Pick(s_ids, ref random);

    public static ulong Type(ref SplitMix random) => Pick(s_types, ref random);

    /// <summary>A length near one that would be right.</summary>
    public static ulong Near(ulong length, ref SplitMix random) =>
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

    public static T Pick<T>(T[] from, ref SplitMix random) => from[random.Below((uint)from.Length)];

    /// <summary>True once in this many times.</summary>
    public static bool OneIn(uint times, ref SplitMix random) => random.Below(times) == 0;
}
