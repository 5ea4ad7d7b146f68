using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// The descriptor numbers that programs get for files whose reads and writes we serve: event queues and those of fault
/// injection. They lie apart so that the filter can tell these calls from all others by the number alone.
/// </summary>
internal static class ServedNumbers
{
    public const int First = 900;

    /// <summary>The first number behind them; below the usual limit of 1024 open files.</summary>
    public const int End = 1000;

    /// <summary>The lowest number that the thread has free; false where its process may have no more.</summary>
    public static unsafe bool TryFindFree(int tid, out int number)
    {
        ResourceLimit limit;
        var end = Libc.Prlimit(tid, RLIMIT_NOFILE, null, &limit) == 0 ? Math.Min(limit.Soft, End) : End;
        for (number = First; number < (int)end; number++)
        {
            if (!OpenFiles.IsOpen(tid, number))
                return true;
        }

        return false;
    }
}
