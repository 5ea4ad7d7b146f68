namespace IommuSim.Benchmarks.Measuring;

/// <summary>How long to measure.</summary>
/// <param name="Rounds">Stretches of each probe; at least 1.</param>
/// <param name="WarmUp">How long each probe runs unmeasured first, until the runtime has compiled it for good.</param>
/// <param name="Stretch">How long one stretch is, about.</param>
public sealed record SamplerOptions(int Rounds, TimeSpan WarmUp, TimeSpan Stretch)
{
    /// <summary>Half a second for each probe.</summary>
    public static SamplerOptions Default { get; } =
        new(200, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(1));

    /// <summary>Leaves nothing but compiled code: the runtime compiles in steps, a tenth of a second apart.</summary>
    public static SamplerOptions WarmUpOnly { get; } =
        new(1, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(1));
}
