using Xunit;

namespace IommuSim.Testing;

/// <summary>Asserts that a path leaves no work to the garbage collector.</summary>
public static class Allocations
{
    private const int WarmUps = 200;
    private const int Batches = 5;
    private const int Runs = 500;

    /// <summary>
    /// Zero bytes once the first runs have filled what they cache. The least of several batches
    /// counts: a collection that another test starts charges the rest of this thread's buffer to
    /// the one it hits.
    /// </summary>
    public static void None(Action path)
    {
        for (var i = 0; i < WarmUps; i++)
            path();
        var least = long.MaxValue;
        for (var i = 0; i < Batches; i++)
            least = Math.Min(least, BytesOf(path));
        Assert.True(least == 0, $"{least} bytes were allocated in {Runs} runs");
    }

    private static long BytesOf(Action path)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Runs; i++)
            path();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
