using System.Runtime.CompilerServices;
using System.Text;

namespace IommuSim.Machine;

/// <summary>
/// The only source of nondeterminism. Garbage values, failing allocations, faulting copies and refusing drivers are all
/// decided here. A run is its list of decisions, and replays from it.
/// </summary>
public sealed class Decisions
{
    private static readonly int s_kinds = Enum.GetValues<DecisionKind>().Length;

    private readonly bool[] _asked = new bool[s_kinds];

    /// <summary>A bit for each kind that is asked or injected; the others are uneventful without a look.</summary>
    private uint _eventful;
    private readonly List<int> _answers = [];
    private IDecisionSource? _source;
    private uint _injected;
    private int _injectAfter;

    /// <summary>Asks for garbage alone, which is 0 without a source; nothing fails.</summary>
    public Decisions()
    {
        _asked[(int)DecisionKind.Garbage] = true;
        FindEventful();
    }

    /// <summary>Nothing fails and nothing is asked, in code that a kernel does not let fail.</summary>
    public bool Suspended { get; set; }

    /// <summary>How many points of the injected kinds the run passed since <see cref="InjectAny"/>.</summary>
    public int PointsPassed { get; private set; }

    /// <summary>
    /// Takes decisions from <paramref name="source"/> from now on; kinds that it does not name stay uneventful.
    /// </summary>
    public void Use(IDecisionSource source, IEnumerable<DecisionKind> kinds)
    {
        _source = source;
        Array.Clear(_asked);
        foreach (var kind in kinds)
            _asked[(int)kind] = true;
        FindEventful();
    }

    /// <summary>
    /// Fails the <paramref name="nth"/> point of this kind from now on, counted from 1; 0 fails none.
    /// Overrides the source for this kind.
    /// </summary>
    public void Inject(DecisionKind kind, int nth) => InjectAny([kind], nth);

    /// <summary>
    /// As <see cref="Inject"/>, with the points of these kinds counted together, as the run meets them.
    /// </summary>
    public void InjectAny(ReadOnlySpan<DecisionKind> kinds, int nth)
    {
        _injected = 0;
        foreach (var kind in kinds)
            _injected |= nth == 0 ? 0 : 1u << (int)kind;
        _injectAfter = nth;
        PointsPassed = 0;
        FindEventful();
    }

    /// <summary>A decision from 0 to <paramref name="count"/> - 1.</summary>
    public int Choose(int count, DecisionKind kind, string site)
    {
        if (!_asked[(int)kind])
            return 0;
        var answer = _source?.Next(count, kind, site) ?? 0;
        _answers.Add(answer);
        return answer;
    }

    /// <summary>Whether this allocation, copy or driver op fails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Fails(DecisionKind kind, string site) =>
        (_eventful & (1u << (int)kind)) != 0 && FailsIfEventful(kind, site);

    private bool FailsIfEventful(DecisionKind kind, string site)
    {
        if (Suspended)
            return false;
        if ((_injected & (1u << (int)kind)) != 0)
            return ++PointsPassed == _injectAfter;
        return Choose(2, kind, site) == 1;
    }

    private void FindEventful()
    {
        _eventful = _injected;
        for (var kind = 0; kind < s_kinds; kind++)
            _eventful |= _asked[kind] ? 1u << kind : 0;
    }

    /// <summary>Replays this run, see <see cref="ReplaySource"/>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var kind in Enum.GetValues<DecisionKind>())
        {
            if (_asked[(int)kind])
                text.Append(char.ToLowerInvariant(kind.ToString()[0]));
        }

        text.Append(':');
        for (var i = 0; i < _answers.Count; )
        {
            var run = 1;
            while (i + run < _answers.Count && _answers[i + run] == _answers[i])
                run++;
            text.Append(i == 0 ? "" : ",").Append(_answers[i]);
            if (run > 1)
                text.Append('*').Append(run);
            i += run;
        }

        return text.ToString();
    }
}
