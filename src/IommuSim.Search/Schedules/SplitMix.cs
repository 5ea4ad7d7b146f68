namespace IommuSim.Search.Schedules;

/// <summary>
/// Numbers from a seed, the same on every machine and runtime: the generator that Steele, Lea and Flood
/// published as SplitMix64.
/// </summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9e3779b97f4a7c15;
        var mixed = (_state ^ (_state >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to <paramref name="bound"/> - 1; the bias of a bound far below 2^32 is nothing here.</summary>
    public uint Below(uint bound) => (uint)((Next() >> 32) * bound >> 32);

    /// <summary>True once in this many times.</summary>
    public bool OneIn(uint times) => Below(times) == 0;

    public T Pick<T>(IReadOnlyList<T> from) => from[(int)Below((uint)from.Count)];
}
