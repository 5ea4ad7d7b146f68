using System.Globalization;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>The descriptor numbers of a program, as the host shows them in /proc.</summary>
internal static class ProgramNumbers
{
    /// <summary>The lowest number that the thread has free; false where its process may have no more.</summary>
    public static unsafe bool TryFindFree(int tid, out int number)
    {
        number = 0;
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries($"/proc/{tid}/fd"))
            {
                // The host lists them in their order.
                if (int.Parse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture) != number)
                    break;
                number++;
            }
        }
        catch (IOException)
        {
            // The thread is gone, and nobody gets the number.
            return false;
        }

        ResourceLimit limit;
        return Libc.Prlimit(tid, RLIMIT_NOFILE, null, &limit) != 0 || (ulong)number < limit.Soft;
    }
}
