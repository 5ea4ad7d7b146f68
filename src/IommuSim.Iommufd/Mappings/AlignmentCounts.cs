namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Counts the users of each alignment. A machine's drivers have few page sizes, so finding the largest costs the same
/// for any number of domains.
/// </summary>
internal sealed class AlignmentCounts
{
    private readonly List<(ulong Alignment, int Count)> _rows = [];

    /// <summary>The largest alignment in use; 1 without users.</summary>
    public ulong Max
    {
        get
        {
            var max = 1UL;
            foreach (var row in _rows)
                max = row.Count > 0 ? Math.Max(max, row.Alignment) : max;
            return max;
        }
    }

    public void Add(ulong alignment) => Change(alignment, 1);

    public void Remove(ulong alignment) => Change(alignment, -1);

    private void Change(ulong alignment, int by)
    {
        for (var i = 0; i < _rows.Count; i++)
        {
            if (_rows[i].Alignment != alignment)
                continue;
            _rows[i] = (alignment, _rows[i].Count + by);
            return;
        }

        _rows.Add((alignment, by));
    }
}
