using IommuSim.Bridge;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary>
/// What <c>exec</c> prints on standard error: reports as a kernel log would hold them, calls if they are asked
/// for, and one line at the end.
/// </summary>
internal sealed class ExecLog(TextWriter error, IommufdSpec spec, bool traces) : IBridgeObserver
{
    private readonly CallTrace _trace = new(spec);
    private long _calls;
    private int _opened;
    private int _open;
    private int _reports;

    public void Calling(KernelTask task, int fd, uint request, ulong argument)
    {
        _calls++;
        if (traces)
            _trace.Begin(task.Memory, fd, request, argument);
    }

    public void Called(KernelTask task, SyscallResult result)
    {
        if (traces)
            error.Write($"[{task.Name}] {_trace.End(task.Memory, result)}\n");
    }

    public void Opened(KernelTask task, string path, SyscallResult result, int number)
    {
        if (result.Succeeded)
        {
            _opened++;
            _open++;
        }

        if (traces)
        {
            var text = result.Succeeded ? $"{number}" : CallTrace.ResultText(result);
            error.Write($"[{task.Name}] open(\"{path}\") = {text}\n");
        }
    }

    public void Closed()
    {
        _open--;
        if (traces)
            error.Write("last close\n");
    }

    public void Reported(KernelReport report)
    {
        _reports++;
        error.Write(report.Render() + "\n");
    }

    /// <summary>The line at the end; nothing for a program that never met the machine.</summary>
    public void Summarize(KernelNode node)
    {
        if (_opened == 0)
            return;
        error.Write(
            $"iommusim: {node}: {Count(_opened, "open")}, {Count(_calls, "ioctl")}, "
                + $"{Count(_reports, "report")}{(_open > 0 ? $", {_open} never closed" : "")}\n"
        );
    }

    private static string Count(long count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
