using System.CommandLine;
using IommuSim.Bridge;
using IommuSim.Kernels;
using IommuSim.Kernels.History.Mainline;

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
            var node = parsed.GetValue(kernel) is { } name ? Inputs.Kernel(catalog, name) : MainlineKernels.All[^1];
            var machine = catalog.Boot(node);
            var log = new ExecLog(context.Error, catalog.SpecOf(node), parsed.GetValue(trace));
            var end = ProgramRun.Run(machine, SelfCommand(), context.Program, log);
            log.Summarize(node);
            return end.Repeat();
        });
        return command;
    }

    /// <summary>How this executable was started: by its own name, or as a file of the dotnet host.</summary>
    private static string[] SelfCommand()
    {
        var host = Environment.ProcessPath!;
        var own = Path.Combine(AppContext.BaseDirectory, "iommusim");
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, own + ".dll"] : [own];
    }
}
