using System.CommandLine;
using System.Reflection;

namespace IommuSim.Cli.Commands;

/// <summary>
/// <c>completion</c>: what a shell reads to complete the command's words. What can stand at a place is asked of the
/// command itself each time, by the directive <c>[suggest:POSITION]</c> of System.CommandLine.
/// </summary>
internal static class CompletionCommand
{
    private static readonly string[] s_shells = ["bash", "zsh", "fish", "pwsh"];

    public static Command Create(CommandContext context)
    {
        var shell = CommonOptions.Word("shell", "whose completion", s_shells);
        var command = new Command("completion", "Prints what a shell reads to complete this command.") { shell };
        command.SetAction(parsed =>
        {
            context.Output.Write(Script(parsed.GetValue(shell)!.ToLowerInvariant()));
            return ExitCode.Holds;
        });
        return command;
    }

    private static string Script(string shell)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"completion.{shell}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
