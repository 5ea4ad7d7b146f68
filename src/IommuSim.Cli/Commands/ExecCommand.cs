using System.CommandLine;
using IommuSim.Bridge;
using IommuSim.Cli.Rendering;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary><c>exec</c>: runs a program of the host with /dev/iommu answered by a machine.</summary>
internal static class ExecCommand
{
    private const string Name = "exec";
    private const string Separator = "--";

    /// <summary>The program's words are taken off before anything looks for options in them.</summary>
    public static (IReadOnlyList<string> Own, IReadOnlyList<string> Program) SplitProgram(
        IReadOnlyList<string> arguments
    )
    {
        if (arguments is not [Name, ..])
            return (arguments, []);
        var own = arguments.TakeWhile(word => word != Separator).ToArray();
        return (own, [.. arguments.Skip(own.Length + 1)]);
    }

    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernel("the kernel that answers; the newest release by default");
        var trace = new Option<bool>("--trace") { Description = "print every ioctl, decoded, on standard error" };
        var files = CommonOptions.DriverFiles();
        var command = new Command(
            Name,
            "Runs a program on a simulated /dev/iommu: iommusim exec [options] -- PROGRAM ARGUMENTS"
        )
        {
            kernel,
            trace,
            files,
        };
        command.SetAction(parsed =>
        {
            if (context.Program.Count == 0)
            {
                throw new InputErrorException(
                    "exec needs a program behind --: iommusim exec [options] -- PROGRAM ARGUMENTS"
                );
            }

            var catalog = Inputs.Catalog(parsed.GetValue(files));
            var node = parsed.GetValue(kernel) is { } name ? Inputs.Kernel(catalog, name) : KernelTree.All[^1];
            var machine = catalog.Boot(node);
            var log = new ExecLog(context.Error, catalog.SpecOf(node), parsed.GetValue(trace), catalog.IsSource(node));
            var end = ProgramRun.Run(machine, SelfCommand(), context.Program, log);
            log.Summarize(node);
            return end.Repeat();
        });
        return command;
    }

    /// <summary>How this executable was started: by its own name, or as a file of the dotnet host.</summary>
    internal static string[] SelfCommand()
    {
        var host = Environment.ProcessPath!;
        var own = Path.Combine(AppContext.BaseDirectory, "iommusim");
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, own + ".dll"] : [own];
    }
}

/// <summary>
/// What <c>exec</c> prints on standard error: reports as a kernel log would hold them, calls if they are asked
/// for, and one line at the end.
/// </summary>
/// <param name="isSource">The kernel is made of C, which has all that its release has.</param>
internal sealed class ExecLog(TextWriter error, IommufdSpec spec, bool traces, bool isSource) : IBridgeObserver
{
    private readonly CallTrace _trace = new(spec);
    private readonly SortedDictionary<string, long> _notModelled = new(StringComparer.Ordinal);
    private uint _request;
    private ulong _argument;
    private long _calls;
    private int _opened;
    private int _open;
    private int _reports;

    public void Calling(KernelTask task, int fd, uint request, ulong argument)
    {
        _calls++;
        (_request, _argument) = (request, argument);
        if (traces)
            _trace.Begin(task.Memory, fd, request, argument);
    }

    public void Called(KernelTask task, SyscallResult result)
    {
        var missing = isSource ? null : NotModelled.NameOf(spec, _request, task.Memory, _argument, result);
        if (missing is not null)
            _notModelled[missing] = _notModelled.GetValueOrDefault(missing) + 1;
        if (traces)
        {
            var note = missing is null ? "" : $" ({missing} is not modelled)";
            error.Write($"[{task.Name}] {_trace.End(task.Memory, result)}{note}\n");
        }
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
        var missing = string.Join(", ", _notModelled.Select(pair => $"{pair.Key} {pair.Value}"));
        error.Write(
            $"iommusim: {node}: {Page.Count(_opened, "open")}, {Page.Count(_calls, "ioctl")}, "
                + $"{Page.Count(_reports, "report")}{(_open > 0 ? $", {_open} never closed" : "")}"
                + $"{(missing.Length > 0 ? $", not modelled: {missing}" : "")}\n"
        );
    }
}
