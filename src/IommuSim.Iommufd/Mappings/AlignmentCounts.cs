namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// How many need each alignment. The drivers of a machine have a handful of page sizes, so that the largest
/// one is found at once however many domains there are.
/// </summary>
internal sealed class AlignmentCounts
{
    private readonly List<(ulong Alignment, int Count)> _rows = [];

    /// <summary>The largest that anyone needs; 1 when nobody does.</summary>
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
