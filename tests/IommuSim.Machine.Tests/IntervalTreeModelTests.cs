using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

/// <summary>The interval tree against a list that is searched from end to end.</summary>
public sealed class IntervalTreeModelTests
{
    /// <summary>Numbers are drawn from here, so that most intervals meet others.</summary>
    private const int Space = 300;

    private readonly IntervalTree<int> _tree = new();

    /// <summary>By start, and equal starts by insertion.</summary>
    private readonly List<Interval<int>> _model = [];

    [Fact]
    public void Tree_FewOperations_AnswersAsTheModel() =>
        RandomRun.ForAll(RandomRun.Operations(0, 100), operations => new IntervalTreeModelTests().Run(operations));

    [Fact]
    public void Tree_ThousandsOfOperations_AnswersAsTheModel() =>
        RandomRun.ForAll(
            RandomRun.Operations(2000, 4000),
            operations => new IntervalTreeModelTests().Run(operations),
            runs: 10
        );

    [Fact]
    public void Tree_AllNumbers_HasEdgesThatDoNotWrap()
    {
        var all = new Interval<int>(0, ulong.MaxValue, 1);
        _tree.Insert(all);
        Assert.False(_tree.IsHole(ulong.MaxValue, ulong.MaxValue, out var last));
        Assert.Equal(ulong.MaxValue, last);
        Assert.Null(_tree.Next(all, 0, ulong.MaxValue));
        _tree.Remove(all);
        Assert.True(_tree.IsHole(0, ulong.MaxValue, out last));
        Assert.Equal(ulong.MaxValue, last);
    }

    [Fact]
    public void Remove_IntervalOfNoTree_IsAnErrorOfTheSimulator()
    {
        var interval = new Interval<int>(1, 2, 0);
        Assert.Throws<InvalidOperationException>(() => _tree.Remove(interval));
        _tree.Insert(interval);
        Assert.Throws<InvalidOperationException>(() => _tree.Insert(interval));
    }

    private void Run(int[] operations)
    {
        foreach (var operation in operations)
        {
            var (kind, pick) = (operation % 8, operation / 8);
            if (kind < 4)
                Insert((ulong)(pick % Space), (ulong)(pick / Space % 40), pick);
            else if (kind < 6 && _model.Count > 0)
                Remove(pick % _model.Count);
            else
                Look((ulong)(pick % Space), (ulong)(pick / Space % 60));
            Assert.Equal(_model.Count, _tree.Count);
        }

        Assert.Equal(_model, Walk(0, ulong.MaxValue));
    }

    private void Insert(ulong start, ulong length, int value)
    {
        var interval = new Interval<int>(start, start + length, value);
        _tree.Insert(interval);
        var at = _model.FindIndex(other => other.Start > start);
        _model.Insert(at < 0 ? _model.Count : at, interval);
    }

    private void Remove(int index)
    {
        _tree.Remove(_model[index]);
        Assert.False(_model[index].IsInTree);
        _model.RemoveAt(index);
    }

    private void Look(ulong start, ulong length)
    {
        var last = start + length;
        var met = _model.Where(i => i.Start <= last && i.Last >= start).ToList();
        Assert.Equal(met, Walk(start, last));
        var isHole = _tree.IsHole(start, last, out var spanLast);
        Assert.Equal(met.Count == 0 || met[0].Start > start, isHole);
        var end =
            met.Count == 0 ? last
            : isHole ? met[0].Start - 1
            : met[0].Last;
        Assert.Equal(Math.Min(last, end), spanLast);
    }

    private List<Interval<int>> Walk(ulong start, ulong last)
    {
        var found = new List<Interval<int>>();
        for (var at = _tree.First(start, last); at is not null; at = _tree.Next(at, start, last))
            found.Add(at);
        return found;
    }
}
