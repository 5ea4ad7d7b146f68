using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Xunit;

namespace IommuSim.Testing;

/// <summary>
/// Runs a property on random values. A failure prints the shrunk value and the seed; with that seed
/// in IOMMUSIM_SEED the same values are drawn again.
/// </summary>
public static class RandomRun
{
    public const string SeedVariable = "IOMMUSIM_SEED";

    /// <summary>The body fails by throwing.</summary>
    public static void ForAll<T>(Arbitrary<T> values, Action<T> body, int runs = 200)
    {
        var seed = Seed();
        var replay = new Replay(new Rnd(seed), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure.WithMaxTest(runs).WithReplay(replay);
        try
        {
            Check.One(config.WithQuietOnSuccess(true), Prop.ForAll(values, body));
        }
        catch (Exception failure)
        {
            Assert.Fail($"{SeedVariable}={seed} repeats this run\n{failure.Message}");
        }
    }

    /// <summary>
    /// A random list of operations, each a number for the test to interpret. Shrinks by leaving out
    /// ever smaller runs of them.
    /// </summary>
    public static Arbitrary<int[]> Operations(int least, int most)
    {
        var lists =
            from count in Gen.Choose(least, most)
            from operations in Gen.Choose(0, int.MaxValue).ArrayOf(count)
            select operations;
        return Arb.From(lists, operations => LeaveOut(operations, least));
    }

    private static IEnumerable<int[]> LeaveOut(int[] operations, int least)
    {
        for (var chunk = operations.Length - least; chunk > 0; chunk /= 2)
        {
            for (var at = 0; at < operations.Length; at += chunk)
            {
                var end = Math.Min(at + chunk, operations.Length);
                yield return [.. operations[..at], .. operations[end..]];
            }
        }
    }

    private static ulong Seed() =>
        Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : (ulong)Random.Shared.NextInt64();
}
