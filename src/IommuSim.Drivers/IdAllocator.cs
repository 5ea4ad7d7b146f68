namespace IommuSim.Drivers;

/// <summary>Hands out the lowest number that is free: C's struct ida, without the memory that it needs.</summary>
/// <param name="first">The lowest number.</param>
/// <param name="last">The highest.</param>
internal sealed class IdAllocator(int first, int last)
{
    private readonly List<bool> _taken = [];

    /// <summary>The number, or -1 when none is free: C's ENOSPC.</summary>
    public int Allocate()
    {
        var free = _taken.IndexOf(false);
        if (free < 0)
        {
            free = _taken.Count;
            if (first + free > last)
                return -1;
            _taken.Add(true);
        }

        _taken[free] = true;
        return first + free;
    }

    public void Free(int id) => _taken[id - first] = false;
}
