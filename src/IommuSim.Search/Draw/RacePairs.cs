using System.Collections.Immutable;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Draw;

/// <summary>
/// Draws pairs of calls that meet in a queue, a vIOMMU or a vDEVICE: what one takes away is what the other
/// looks at. For kernels with such objects.
/// </summary>
internal sealed class RacePairs(IoctlGenerator ioctls, QueueGenerator queues)
{
    private readonly DrawState _state = ioctls.State;

    /// <summary>Of pairs in the table, until there is something that one of them can meet in.</summary>
    private const int Tries = 8;

    /// <summary>A pair, or null where nothing is there to meet in, or for one of the other draws.</summary>
    public ImmutableArray<Call>? Draw(int label) =>
        _state.Random.Below(5) switch
        {
            0 => _state.Queues.Count == 0 ? null : DrawOnQueue(label, _state.Random.Pick(_state.Queues)),
            1 or 2 => DrawOnObject(label),
            3 => DrawOwn(label),
            4 when _state.Random.Below(2) == 0 => DrawOnVdevice(label),
            _ => null,
        };

    /// <summary>
    /// Two calls on a queue that is open: reads, writes, a poll, the end of its descriptor or of itself.
    /// </summary>
    public ImmutableArray<Call> DrawOnQueue(int label, int queue)
    {
        var one = _state.Random.Below(4) switch
        {
            0 => new Call(label, CallKind.Close, "close") { File = queue },
            1 => queues.Write(label, queue),
            _ => queues.Read(label, queue),
        };
        return _state.Random.Below(6) switch
        {
            < 2 when ObjectOf(queue) is { } queued => [one, ioctls.Destroy(label + 1, queued)],
            < 4 => [one, queues.Write(label + 1, queue)],
            _ => [one, queues.Read(label + 1, queue)],
        };
    }

    private KnownObject? ObjectOf(int queue) => _state.All.FirstOrDefault(o => o.Label == queue && !o.Gone);

    private ImmutableArray<Call>? DrawOnObject(int label)
    {
        for (var i = 0; i < Tries; i++)
        {
            if (DrawRow(_state.Random.Pick(ioctls.Draws.Pairs).Pair, label) is { } pair)
                return pair;
        }

        return null;
    }

    /// <summary>The kernel has the ioctls of the row.</summary>
    public bool Has(RacingPair row) => ioctls.Has(row.One) && (row.Other is null || ioctls.Has(row.Other));

    /// <summary>The two of the row; null where there is nothing that they can meet in.</summary>
    public ImmutableArray<Call>? DrawRow(RacingPair row, int label)
    {
        if (!Has(row) || _state.NewestOf(row.Kind) is not { } victim)
            return null;
        return
        [
            DrawOn(victim, row.One, label),
            row.Other is null ? ioctls.Destroy(label + 1, victim) : DrawOn(victim, row.Other, label + 1),
        ];
    }

    /// <summary>One of the races that are more than a pair.</summary>
    private ImmutableArray<Call>? DrawOwn(int label)
    {
        var (verb, race) = _state.Random.Pick(ioctls.Draws.Races);
        return ioctls.Has(verb) ? race(label, ioctls) : null;
    }

    private Call DrawOn(KnownObject victim, string verb, int label) =>
        victim.Kind == ObjectKind.Viommu ? ioctls.Naming(verb, label, victim) : ioctls.Of(verb, label, victim.File);

    /// <summary>A device that is given back while user space still has its vDEVICE.</summary>
    private ImmutableArray<Call>? DrawOnVdevice(int label)
    {
        if (_state.NewestOf(ObjectKind.Vdevice) is not { } vdevice || _state.Bound.Count == 0)
            return null;
        var bound = _state.Random.Pick(_state.Bound);
        return [Call.OnDevice(label, CallKind.Unbind, bound.Label), ioctls.Destroy(label + 1, vdevice)];
    }
}
