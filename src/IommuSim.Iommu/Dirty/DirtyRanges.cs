using System.Runtime.InteropServices;

namespace IommuSim.Iommu.Dirty;

/// <summary>
/// The addresses of a domain that were written to: inclusive ranges in ascending order, between any two of which an
/// address is clean.
/// </summary>
internal sealed class DirtyRanges
{
    private readonly List<(ulong Start, ulong Last)> _ranges = [];

    public bool IsEmpty => _ranges.Count == 0;

    public void Add(ulong start, ulong last)
    {
        var first = IndexOf(start == 0 ? 0 : start - 1);
        var end = first;
        for (; end < _ranges.Count && (last == ulong.MaxValue || _ranges[end].Start <= last + 1); end++)
        {
            start = Math.Min(start, _ranges[end].Start);
            last = Math.Max(last, _ranges[end].Last);
        }

        Replace(first, end, (start, last));
    }

    public void Remove(ulong start, ulong last)
    {
        var first = IndexOf(start);
        var end = first;
        while (end < _ranges.Count && _ranges[end].Start <= last)
            end++;
        if (end == first)
            return;
        var (before, after) = (_ranges[first].Start, _ranges[end - 1].Last);
        Replace(first, end, before < start ? (before, start - 1) : null, after > last ? (last + 1, after) : null);
    }

    /// <summary>The ranges that reach into the inclusive one, whole; valid until the next change.</summary>
    public ReadOnlySpan<(ulong Start, ulong Last)> Between(ulong start, ulong last)
    {
        var first = IndexOf(start);
        var end = first;
        while (end < _ranges.Count && _ranges[end].Start <= last)
            end++;
        return CollectionsMarshal.AsSpan(_ranges)[first..end];
    }

    /// <summary>The first range that ends at the address or behind it.</summary>
    private int IndexOf(ulong address)
    {
        var (low, high) = (0, _ranges.Count);
        if (high > 0 && _ranges[high - 1].Last < address)
            return high;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].Last < address)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void Replace(int first, int end, (ulong, ulong)? one, (ulong, ulong)? two = null)
    {
        if (one is { } left)
            Put(ref first, end, left);
        if (two is { } right)
            Put(ref first, end, right);
        if (end > first)
            _ranges.RemoveRange(first, end - first);
    }

    private void Put(ref int first, int end, (ulong, ulong) range)
    {
        if (first < end)
            _ranges[first] = range;
        else
            _ranges.Insert(first, range);
        first++;
    }
}
