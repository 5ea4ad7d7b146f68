using System.Diagnostics.CodeAnalysis;

namespace IommuSim.Search.Searches;

/// <summary>
/// The searches of one turn, dealt out to processors in their order. The first in that order that finds something ends
/// the turn, whichever is done first: what others ran behind it is not counted.
/// </summary>
internal sealed class HuntTurn(HuntSeed[] searches)
{
    /// <summary>Sequences that a processor takes at once; of the others one, which is longer.</summary>
    private const int Dealt = 8;

    private readonly HuntResult?[] _results = new HuntResult?[searches.Length];
    private readonly Lock _lock = new();
    private int _next;
    private int _end = searches.Length;

    /// <summary>Runs what is left for this processor until the turn ends.</summary>
    public void Run(HuntSearcher searcher, Func<bool> goOn)
    {
        while (TryTake(out var first, out var last))
        {
            for (var i = first; i < last; i++)
            {
                if (i >= Volatile.Read(ref _end))
                    return;
                if (!goOn())
                {
                    EndAt(i);
                    return;
                }

                var result = searcher.Run(searches[i]);
                _results[i] = result;
                if (result.Finding is not null)
                    EndAt(i + 1);
            }
        }
    }

    /// <summary>The search at this place and what came of it; false where the turn was ended before.</summary>
    public bool TryGet(int at, out HuntKind kind, [NotNullWhen(true)] out HuntResult? result)
    {
        (kind, result) = (searches[at].Kind, _results[at]);
        return result is not null;
    }

    private bool TryTake(out int first, out int last)
    {
        lock (_lock)
        {
            first = _next;
            last = first;
            if (first >= _end)
                return false;
            var most = searches[first].Kind == HuntKind.Fuzz ? Dealt : 1;
            while (last < _end && last - first < most && searches[last].Kind == searches[first].Kind)
                last++;
            _next = last;
            return true;
        }
    }

    private void EndAt(int end)
    {
        lock (_lock)
            _end = Math.Min(_end, end);
    }
}
