using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

/// <summary>
/// The id table against a sorted set of the ids that were freed. Most runs grow past 64 ids and
/// long ones past 4096, where the table gains a level.
/// </summary>
public sealed class IdTableModelTests
{
    private readonly IdTable<object> _table = new();

    /// <summary>Ids below <see cref="_next"/> that are free.</summary>
    private readonly SortedSet<uint> _freed = [];

    /// <summary>The ids taken, in no particular order, for a random pick.</summary>
    private readonly List<uint> _taken = [];
    private readonly Dictionary<uint, object> _published = [];
    private uint _next = 1;

    [Fact]
    public void IdTable_FewOperations_AnswersAsTheModel() =>
        RandomRun.ForAll(RandomRun.Operations(0, 200), operations => new IdTableModelTests().Run(operations, burst: 4));

    [Fact]
    public void IdTable_ThousandsOfOperations_AnswersAsTheModel() =>
        RandomRun.ForAll(
            RandomRun.Operations(2000, 5000),
            operations => new IdTableModelTests().Run(operations, burst: 64),
            runs: 20
        );

    private void Run(int[] operations, int burst)
    {
        foreach (var operation in operations)
        {
            Apply(operation % 16, operation / 16, burst);
            Assert.Equal(_taken.Count, _table.Count);
        }

        for (var id = 0u; id <= _table.MaxId + 1; id++)
            Assert.Same(_published.GetValueOrDefault(id), _table.Find(id));
        foreach (var id in _taken)
            Assert.True(_table.IsTaken(id), $"{id} is taken");
        foreach (var id in _freed)
            Assert.False(_table.IsTaken(id), $"{id} is free");
    }

    private void Apply(int kind, int pick, int burst)
    {
        switch (kind)
        {
            case 0:
                for (var i = 0; i < burst; i++)
                    Reserve();
                break;
            case < 5:
                Reserve();
                break;
            case < 9:
                Publish(pick);
                break;
            case 9:
                Assert.Null(_table.Erase((uint)pick % 2 == 0 ? 0 : _next));
                break;
            case < 14:
                Erase(pick);
                break;
            case 14:
                for (var i = 0; i < burst / 2; i++)
                    Erase(pick + i);
                break;
            default:
                var id = (uint)pick % (_next + 100);
                Assert.Same(_published.GetValueOrDefault(id), _table.Find(id));
                break;
        }
    }

    private void Reserve()
    {
        uint lowest;
        if (_freed.Count > 0)
        {
            lowest = _freed.Min;
            _freed.Remove(lowest);
        }
        else
        {
            lowest = _next++;
        }

        var id = _table.Reserve();
        Assert.Equal(lowest, id);
        Assert.Null(_table.Find(id));
        _taken.Add(id);
    }

    private void Publish(int pick)
    {
        if (_taken.Count == 0)
            return;
        var id = _taken[pick % _taken.Count];
        var entry = new object();
        Assert.Same(_published.GetValueOrDefault(id), _table.Publish(id, entry));
        _published[id] = entry;
    }

    private void Erase(int pick)
    {
        if (_taken.Count == 0)
            return;
        var at = (int)((uint)pick % (uint)_taken.Count);
        var id = _taken[at];
        _taken[at] = _taken[^1];
        _taken.RemoveAt(_taken.Count - 1);
        Assert.Same(_published.GetValueOrDefault(id), _table.Erase(id));
        _published.Remove(id);
        _freed.Add(id);
    }
}
