using System.Collections.Immutable;
using IommuSim.Machine.State;

namespace IommuSim.Source.Races;

/// <summary>
/// The places in the source at which data races were seen, shared by the runs of one exploration. In the runs that
/// begin later a task can be switched away from before each access there.
/// </summary>
/// <param name="places">Known before the first run, as sites of the kernel's code.</param>
[Stateless]
internal sealed class RacePoints(IEnumerable<int> places)
{
    private readonly SortedSet<int> _places = [.. places];
    private ImmutableArray<int>? _all;

    public RacePoints()
        : this([]) { }

    /// <summary>In ascending order.</summary>
    public ImmutableArray<int> All => _all ??= [.. _places];

    internal void Add(int place)
    {
        if (_places.Add(place))
            _all = null;
    }
}
