using System.Globalization;
using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Bridge.Tests;

/// <summary>Programs that are killed while a call of theirs is being answered.</summary>
[Collection(nameof(OwnChildren))]
public sealed class KillTests
{
    [Theory]
    [InlineData("linux-6.8", 1)]
    [InlineData("linux-6.8", 7)]
    [InlineData("linux-7.3", 20)]
    public void Run_KilledInTheMiddleOfAnIoctl_ClosesItsFile(string kernel, int atCall)
    {
        var machine = KernelTree.Find(kernel)!.Boot();
        var killer = new Killer(atCall);

        var end = ProgramRunOrSkip(machine, CProgram.Compile("calls"), killer);

        Assert.Equal(Native.Sigkill, end.Signal);
        Assert.Equal(atCall, killer.Calls);
        Assert.Empty(machine.Contexts);
        Assert.Empty(machine.Machine.Reports);
    }

    private static ProgramEnd ProgramRunOrSkip(IKernel machine, string program, IBridgeObserver observer)
    {
        try
        {
            return ProgramRun.Run(machine, [ExecCommand.Executable], [program], observer);
        }
        catch (HostRefusesException refused)
        {
            Assert.Skip(refused.Message);
            throw;
        }
    }

    /// <summary>Kills the program while the machine is about to answer its n-th call.</summary>
    private sealed class Killer(int atCall) : IBridgeObserver
    {
        public int Calls { get; private set; }

        public void Calling(KernelTask task, int fd, uint request, ulong argument)
        {
            if (++Calls != atCall)
                return;
            var tid = task.Name[(task.Name.LastIndexOf('/') + 1)..];
            Native.Kill(int.Parse(tid, CultureInfo.InvariantCulture), Native.Sigkill);
        }

        public void Called(KernelTask task, SyscallResult result) { }

        public void Opened(KernelTask task, string path, SyscallResult result, int number) { }

        public void Closed() { }

        public void Reported(KernelReport report) { }
    }

    /// <summary>The bridge waits for every child of the process, so nobody else may have one.</summary>
    [CollectionDefinition(nameof(OwnChildren), DisableParallelization = true)]
    public sealed class OwnChildren;
}
