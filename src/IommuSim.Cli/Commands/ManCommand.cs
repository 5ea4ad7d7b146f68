using System.CommandLine;
using IommuSim.Cli.Rendering;

namespace IommuSim.Cli.Commands;

/// <summary><c>man</c>: the manual page, made of the tables that parse the command line.</summary>
internal static class ManCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("man", "Prints the manual page: iommusim man | man -l -");
        command.SetAction(parsed =>
        {
            context.Output.Write(ManPage.Of(parsed.RootCommandResult.Command, CommandLine.ExitStatuses));
            return ExitCode.Holds;
        });
        return command;
    }
}
