using System.Runtime.InteropServices;

namespace IommuSim.Bridge.Tests;

internal static partial class Native
{
    public const int Sigkill = 9;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);
}
