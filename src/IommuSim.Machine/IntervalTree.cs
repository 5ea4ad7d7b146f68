namespace IommuSim.Machine;

/// <summary>
/// The kernel's interval tree: ranges that may overlap, by ascending start. Inserting, removing and finding take a
/// logarithm of the count: a balanced tree whose nodes hold the largest end below them.
/// </summary>
internal sealed class IntervalTree<T>
{
    private Interval<T>? _root;
    private uint _sequence;

    public int Count { get; private set; }

    public bool IsEmpty => _root is null;

    public void Insert(Interval<T> interval)
    {
        if (interval.IsInTree)
            throw new InvalidOperationException("the interval is in a tree already");
        // Numbers begin again in an empty tree, so that they do not run out.
        interval.Sequence = _root is null ? _sequence = 1 : checked(++_sequence);
        _root = _root is null ? Update(interval) : Insert(_root, interval);
        Count++;
    }

    public void Remove(Interval<T> interval)
    {
        if (!interval.IsInTree)
            throw new InvalidOperationException("the interval is in no tree");
        _root = IsAlone(interval) ? null : Remove(_root, interval);
        interval.Left = interval.Right = null;
        interval.Sequence = 0;
        Count--;
    }

    /// <summary>The first interval that intersects the inclusive range, or null.</summary>
    public Interval<T>? First(ulong start, ulong last)
    {
        // Most trees hold one interval or none, and a page that is mapped and unmapped asks two dozen times.
        if (_root is not { } root || root.MaxLast < start)
            return null;
        return UpTo(last, IsAlone(root) ? root : EndingFrom(root, after: null, start));
    }

    /// <summary>The first one behind <paramref name="after"/> that intersects the range, or null.</summary>
    public Interval<T>? Next(Interval<T> after, ulong start, ulong last) => UpTo(last, EndingFrom(_root, after, start));

    /// <summary>
    /// Whether nothing covers <paramref name="at"/>. <paramref name="spanLast"/> is how far that is so: to
    /// the end of the hole, or of the covering interval, and at most to <paramref name="last"/>.
    /// </summary>
    public bool IsHole(ulong at, ulong last, out ulong spanLast)
    {
        spanLast = last;
        if (First(at, last) is not { } interval)
            return true;
        var isHole = interval.Start > at;
        spanLast = Math.Min(last, isHole ? interval.Start - 1 : interval.Last);
        return isHole;
    }

    private bool IsAlone(Interval<T> interval) => ReferenceEquals(_root, interval) && interval.Height == 1;

    private static Interval<T>? UpTo(ulong last, Interval<T>? interval) =>
        interval is not null && interval.Start <= last ? interval : null;

    /// <summary>The first node behind <paramref name="after"/>, if there is one, that ends at start or later.</summary>
    private static Interval<T>? EndingFrom(Interval<T>? node, Interval<T>? after, ulong start)
    {
        while (node is not null && node.MaxLast >= start)
        {
            if (after is null || after.IsBefore(node))
            {
                if (EndingFrom(node.Left, after, start) is { } found)
                    return found;
                if (node.Last >= start)
                    return node;
                after = null;
            }

            node = node.Right;
        }

        return null;
    }

    private static Interval<T> Insert(Interval<T>? node, Interval<T> interval)
    {
        if (node is null)
            return Update(interval);
        if (interval.IsBefore(node))
            node.Left = Insert(node.Left, interval);
        else
            node.Right = Insert(node.Right, interval);
        return Balance(node);
    }

    private static Interval<T>? Remove(Interval<T>? node, Interval<T> interval)
    {
        if (node is null)
            throw new InvalidOperationException("the interval is in another tree");
        if (!ReferenceEquals(node, interval))
        {
            if (interval.IsBefore(node))
                node.Left = Remove(node.Left, interval);
            else
                node.Right = Remove(node.Right, interval);
            return Balance(node);
        }

        if (node.Left is null || node.Right is null)
            return node.Left ?? node.Right;
        var right = RemoveFirst(node.Right, out var first);
        first.Left = node.Left;
        first.Right = right;
        return Balance(first);
    }

    private static Interval<T>? RemoveFirst(Interval<T> node, out Interval<T> first)
    {
        if (node.Left is null)
        {
            first = node;
            return node.Right;
        }

        node.Left = RemoveFirst(node.Left, out first);
        return Balance(node);
    }

    /// <summary>Restores that the heights below a node differ by one at most.</summary>
    private static Interval<T> Balance(Interval<T> node)
    {
        var lean = HeightOf(node.Left) - HeightOf(node.Right);
        if (lean > 1)
        {
            if (HeightOf(node.Left!.Left) < HeightOf(node.Left.Right))
                node.Left = RotateLeft(node.Left);
            return RotateRight(node);
        }

        if (lean < -1)
        {
            if (HeightOf(node.Right!.Right) < HeightOf(node.Right.Left))
                node.Right = RotateRight(node.Right);
            return RotateLeft(node);
        }

        return Update(node);
    }

    private static Interval<T> RotateRight(Interval<T> node)
    {
        var top = node.Left!;
        node.Left = top.Right;
        top.Right = Update(node);
        return Update(top);
    }

    private static Interval<T> RotateLeft(Interval<T> node)
    {
        var top = node.Right!;
        node.Right = top.Left;
        top.Left = Update(node);
        return Update(top);
    }

    private static Interval<T> Update(Interval<T> node)
    {
        node.Height = 1 + Math.Max(HeightOf(node.Left), HeightOf(node.Right));
        var reach = Math.Max(node.Left?.MaxLast ?? 0, node.Right?.MaxLast ?? 0);
        node.MaxLast = Math.Max(node.Last, reach);
        return node;
    }

    private static int HeightOf(Interval<T>? node) => node?.Height ?? 0;
}
