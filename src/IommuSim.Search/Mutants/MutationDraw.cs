using IommuSim.Search.Schedules;
using IommuSim.Source.Mutations;

namespace IommuSim.Search.Mutants;

/// <summary>Draws mutations: every kind in turn, of each any place with the same chance, none twice.</summary>
internal static class MutationDraw
{
    /// <summary>
    /// The same for the same places, seed and count; a larger count goes on where a smaller one ends. Fewer than
    /// <paramref name="count"/> where there are no more places.
    /// </summary>
    public static IReadOnlyList<Mutation> Draw(IEnumerable<Mutation> places, ulong seed, int count)
    {
        var kinds = places.GroupBy(p => p.Kind).OrderBy(g => g.Key).Select(g => g.ToList()).ToArray();
        var random = new SplitMix(new SplitMix(seed).Next());
        var drawn = new List<Mutation>();
        for (var turn = 0; drawn.Count < count && Array.Exists(kinds, k => k.Count > 0); turn++)
        {
            var kind = kinds[turn % kinds.Length];
            if (kind.Count == 0)
                continue;
            var at = (int)random.Below((uint)kind.Count);
            drawn.Add(kind[at]);
            kind.RemoveAt(at);
        }

        return drawn;
    }
}
