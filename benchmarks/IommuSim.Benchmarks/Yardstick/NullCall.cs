using System.Runtime.InteropServices;

namespace IommuSim.Benchmarks.Yardstick;

/// <summary>
/// The cheapest system call there is: getppid, which glibc does not cache. Made without the runtime's
/// switch to preemptive mode, so that what is measured is the kernel's part.
/// </summary>
internal static partial class NullCall
{
    /// <summary>SYS_getppid on x86-64 and on arm64.</summary>
    private static readonly nint s_number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 173 : 110;

    public static void Run(int count)
    {
        for (var i = 0; i < count; i++)
            _ = SystemCall(s_number);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    [SuppressGCTransition]
    private static partial nint SystemCall(nint number);
}
