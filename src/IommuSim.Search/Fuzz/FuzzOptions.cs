namespace IommuSim.Search.Fuzz;

/// <summary>Which sequences a campaign runs.</summary>
/// <param name="Seed">Sequence k is drawn from Seed + k.</param>
/// <param name="Shard">This job's part, from 1.</param>
/// <param name="Shards">How many jobs share the campaign.</param>
/// <param name="StopsAtFirst">Ends at the first finding.</param>
public sealed record FuzzOptions(
    ulong Seed = 1,
    long? MaxSequences = null,
    int Shard = 1,
    int Shards = 1,
    bool StopsAtFirst = false
);
