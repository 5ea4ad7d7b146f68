using IommuSim.Machine.State;

namespace IommuSim.Machine.Tests.State;

public sealed class CheckpointTests
{
    [Fact]
    public void Restore_FieldsOfObjectsThatAreReached_AreAsBefore()
    {
        var root = new Node("root")
        {
            Number = 1,
            Next = new Node("next") { Number = 2 },
        };
        var next = root.Next;
        var checkpoint = Checkpoint.Of(root);
        (root.Number, root.Next.Number, root.Next) = (3, 4, null);
        checkpoint.Restore();
        Assert.Equal((1, 2), (root.Number, root.Next!.Number));
        Assert.Same(next, root.Next);
    }

    [Fact]
    public void Restore_ObjectsThatReachEachOther_AreRestored()
    {
        var one = new Node("one");
        one.Next = new Node("two") { Next = one };
        var checkpoint = Checkpoint.Of(one);
        one.Next.Number = 5;
        checkpoint.Restore();
        Assert.Equal(0, one.Next.Number);
    }

    [Fact]
    public void Restore_Collections_HoldWhatTheyHeldInTheirOrder()
    {
        var state = new Collections();
        state.Fill(3);
        var before = state.ToString();
        var checkpoint = Checkpoint.Of(state);
        for (var run = 0; run < 2; run++)
        {
            state.Clear();
            state.Fill(100);
            checkpoint.Restore();
            Assert.Equal(before, state.ToString());
        }
    }

    [Fact]
    public void Restore_WhatElementsOfStructsReach_IsRestored()
    {
        var state = new List<(int, Node)> { (1, new Node("in a tuple")) };
        var checkpoint = Checkpoint.Of(state);
        state[0].Item2.Number = 7;
        checkpoint.Restore();
        Assert.Equal(0, state[0].Item2.Number);
    }

    [Fact]
    public void Restore_WhatAStoredFunctionReaches_IsRestored()
    {
        var node = new Node("captured");
        Func<int> count = () => ++node.Number;
        var checkpoint = Checkpoint.Of(count);
        Assert.Equal(1, count());
        checkpoint.Restore();
        Assert.Equal(1, count());
    }

    [Fact]
    public void Restore_WhatIsStateless_StaysAsItIs()
    {
        var state = new Caches();
        var checkpoint = Checkpoint.Of(state);
        state.Cache.Number = 1;
        state.Shared.Number = 2;
        checkpoint.Restore();
        Assert.Equal((1, 2), (state.Cache.Number, state.Shared.Number));
    }

    [Fact]
    public void Restore_OwnState_ComesBeforeTheFields()
    {
        var state = new Arena { Used = 2 };
        var checkpoint = Checkpoint.Of(state);
        state.Used = 4;
        state.Bytes[3] = 1;
        checkpoint.Restore();
        Assert.Equal(2, state.Used);
        Assert.Equal(4, state.UsedWhenRestored);
    }

    [Fact]
    public void Of_WhatHasAStateThatIsNotKnown_Throws()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Checkpoint.Of(new List<Lock> { new() }));
        Assert.Contains("System.Threading.Lock", error.Message, StringComparison.Ordinal);
    }

    private sealed class Node(string name)
    {
        public int Number { get; set; }

        public Node? Next { get; set; }

        public override string ToString() => name;
    }

    private sealed class Collections
    {
        private readonly Dictionary<int, string> _dictionary = [];
        private readonly HashSet<(int, int)> _set = [];
        private readonly SortedSet<int> _sorted = [];
        private readonly Queue<int> _queue = new();
        private readonly Stack<int> _stack = new();
        private readonly List<int> _list = [];

        public void Fill(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _dictionary[i] = $"{i} of {count}";
                _set.Add((i, count));
                _sorted.Add(-i);
                _queue.Enqueue(i);
                _stack.Push(i);
                _list.Add(i);
            }
        }

        public void Clear()
        {
            _dictionary.Clear();
            _set.Clear();
            _sorted.Clear();
            _queue.Clear();
            _stack.Clear();
            _list.Clear();
        }

        public override string ToString() =>
            string.Join(' ', _dictionary)
            + string.Join(' ', _set)
            + string.Join(' ', _sorted.Concat(_queue).Concat(_stack).Concat(_list));
    }

    private sealed class Caches
    {
        [Stateless]
        private readonly Node _cache = new("cache");

        public Node Cache => _cache;

        public Table Shared { get; } = new();
    }

    [Stateless]
    private sealed class Table
    {
        public int Number { get; set; }
    }

    private sealed class Arena : IOwnState
    {
        [Stateless]
        private readonly byte[] _bytes = new byte[8];

        [Stateless]
        private int _usedWhenRestored;

        public byte[] Bytes => _bytes;

        public int Used { get; set; }

        public int UsedWhenRestored => _usedWhenRestored;

        public Action Save() => () => _usedWhenRestored = Used;
    }
}
