using System.Numerics;

namespace IommuSim.Search.Schedules;

/// <summary>A schedule drawn from a seed: stays with the running task most of the time.</summary>
internal sealed class RandomSchedule(ulong seed) : ISchedule
{
    /// <summary>One step in this many interrupts the running task.</summary>
    private const uint InterruptEvery = 6;

    private SplitMix _random = new(seed);

    public int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps)
    {
        if (current >= 0 && _random.Below(InterruptEvery) != 0)
            return current;
        var skip = _random.Below((uint)BitOperations.PopCount((uint)enabled));
        var rest = enabled;
        for (; skip > 0; skip--)
            rest &= rest - 1;
        return BitOperations.TrailingZeroCount(rest);
    }
}
