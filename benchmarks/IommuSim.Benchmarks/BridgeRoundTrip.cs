using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IommuSim.Bridge;
using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Benchmarks;

/// <summary>
/// What an ioctl costs a program that runs on a simulated /dev/iommu, from its call to its answer. The program
/// is this executable once more; the target is a mean of 15 us.
/// </summary>
internal static partial class BridgeRoundTrip
{
    private const string Verb = "bridge";
    private const string ProgramVerb = "program";
    private const int Rounds = 5;
    private const int ReadWrite = 2;
    private const ulong Destroy = 0x3b80;

    /// <summary><c>bridge</c> measures; the other words are for the program and its child stage.</summary>
    public static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case [ChildStage.Verb, ..]:
                return ChildStage.Run(arguments);
            case [Verb, ProgramVerb]:
                return Call(20_000);
            default:
                var self = Path.Combine(AppContext.BaseDirectory, "IommuSim.Benchmarks");
                var kernel = KernelTree.All[^1].Boot();
                return ProgramRun.Run(kernel, [self], [self, Verb, ProgramVerb], new Nobody()).Repeat();
        }
    }

    /// <summary>The program: a request that the machine reads and refuses, over and over.</summary>
    private static unsafe int Call(int calls)
    {
        var fd = Open("/dev/iommu", ReadWrite);
        var request = stackalloc uint[] { 8, uint.MaxValue };
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
            {
                if (Ioctl(fd, Destroy, request) != -1)
                    return 1;
            }

            var mean = Stopwatch.GetElapsedTime(started).TotalMicroseconds / calls;
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"bridge: {calls} ioctls, {mean:F1} us each")
            );
        }

        return 0;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int Ioctl(int fd, ulong request, void* argument);

    private sealed class Nobody : IBridgeObserver
    {
        public void Calling(KernelTask task, int fd, uint request, ulong argument) { }

        public void Called(KernelTask task, SyscallResult result) { }

        public void Opened(KernelTask task, string path, SyscallResult result, int number) { }

        public void Closed() { }

        public void Reported(KernelReport report) { }
    }
}
