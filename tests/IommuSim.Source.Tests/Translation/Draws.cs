using FsCheck;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Translation;

/// <summary>Draws numbers of 64 bits, with those more often at which widths and signs turn over.</summary>
internal static class Draws
{
    private static readonly ulong[] s_edges = [.. Edges().Distinct()];

    /// <summary>Three numbers, drawn so often; the seed of a failure is printed.</summary>
    public static void ForAll(Action<ulong, ulong, ulong> body, int runs) =>
        RandomRun.ForAll(
            RandomRun.Operations(3, 3),
            draws => body(NumberOf(draws[0]), NumberOf(draws[1]), NumberOf(draws[2])),
            runs
        );

    private static ulong NumberOf(int draw) =>
        draw % 3 == 0 ? s_edges[draw / 3 % s_edges.Length] : Scrambled((ulong)draw) >> (draw % 64);

    /// <summary>SplitMix64.</summary>
    private static ulong Scrambled(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    private static IEnumerable<ulong> Edges()
    {
        for (var bit = 0; bit < 64; bit++)
        {
            var power = 1UL << bit;
            yield return power;
            yield return power - 1;
            yield return power + 1;
            yield return 0 - power;
            yield return ~power;
            yield return 0 - power - 1;
        }
    }
}
