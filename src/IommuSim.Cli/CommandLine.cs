using System.CommandLine;
using IommuSim.Bridge;
using IommuSim.Cli.Commands;
using IommuSim.Search.Campaigns;
using IommuSim.Source.Execution;

namespace IommuSim.Cli;

/// <summary>The whole command, callable without a process.</summary>
public static class CommandLine
{
    /// <summary>Runs one command line; see <see cref="ExitCode"/> for the answer.</summary>
    public static int Run(
        IReadOnlyList<string> arguments,
        TextWriter output,
        TextWriter error,
        ConsoleSettings settings
    ) => Run(arguments, output, error, settings, Build);

    /// <summary>The same, with the commands that <paramref name="build"/> makes.</summary>
    internal static int Run(
        IReadOnlyList<string> arguments,
        TextWriter output,
        TextWriter error,
        ConsoleSettings settings,
        Func<CommandContext, RootCommand> build
    )
    {
        try
        {
            return Invoke(arguments, output, error, settings, build);
        }
        catch (HostRefusesException refused)
        {
            error.Write($"iommusim: {refused.Message}\n");
            return ExitCode.BadInput;
        }
        catch (NotProvidedException missing)
        {
            error.Write($"iommusim: {missing.Message}\n");
            return ExitCode.BadInput;
        }
        catch (CampaignException unusable)
        {
            error.Write($"iommusim: {unusable.Message}\n");
            return ExitCode.BadInput;
        }
        catch (InputErrorException wrong)
        {
            error.Write($"{(wrong.NamesItsFile ? "" : "iommusim: ")}{wrong.Message.TrimEnd()}\n");
            return ExitCode.BadInput;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            error.Write($"iommusim: {FirstLine(unreadable.Message)}\n");
            return ExitCode.BadInput;
        }
        catch (Exception bug)
        {
            error.Write(
                $"iommusim: internal error ({bug.GetType().Name}: {FirstLine(bug.Message)}); "
                    + $"please report it with this command line: iommusim {Quote(arguments)}\n"
            );
            return ExitCode.InternalError;
        }
    }

    private static int Invoke(
        IReadOnlyList<string> arguments,
        TextWriter output,
        TextWriter error,
        ConsoleSettings settings,
        Func<CommandContext, RootCommand> build
    )
    {
        var parsed = Parse(arguments, new CommandContext(output, error, settings), build);
        var asksForHelp = parsed.Action is { ClearsParseErrors: true };
        if (!asksForHelp && UsageError.Find(parsed) is { } sentence)
            throw new InputErrorException(sentence);
        return parsed.Invoke(
            new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            }
        );
    }

    /// <summary>What is wrong with the words of a command line; null where only files could be.</summary>
    internal static string? UsageErrorOf(IReadOnlyList<string> arguments, ConsoleSettings settings) =>
        UsageError.Find(Parse(arguments, new CommandContext(TextWriter.Null, TextWriter.Null, settings), Build));

    private static ParseResult Parse(
        IReadOnlyList<string> arguments,
        CommandContext context,
        Func<CommandContext, RootCommand> build
    )
    {
        (arguments, var program) = ExecCommand.SplitProgram(arguments);
        var configuration = new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
        return build(context with { Program = program }).Parse(arguments, configuration);
    }

    /// <summary>What the process tells its caller, for the manual page.</summary>
    internal static IReadOnlyList<(int Status, string Meaning)> ExitStatuses { get; } =
    [
        (ExitCode.Holds, "Every stated answer holds, or there was nothing to judge."),
        (ExitCode.DoesNotHold, "A stated answer does not hold, or a search without --shard has findings."),
        (ExitCode.BadInput, "The command line or a file that it names is wrong."),
        (ExitCode.Found, "A campaign is through and has findings; a scheduler must not run it again."),
        (ExitCode.InternalError, "The simulator itself is wrong."),
    ];

    private static RootCommand Build(CommandContext context) =>
        new("Boots any state of Linux's iommufd nesting series as a simulated kernel, and asks it.")
        {
            RunCommand.Create(context),
            ExploreCommand.Create(context),
            SweepCommand.Create(context),
            CompareCommand.Create(context),
            BenchCommand.Create(context),
            KernelsCommand.Create(context),
            DriversCommand.Create(context),
            IoctlsCommand.Create(context),
            ShowCommand.Create(context),
            ExplainCommand.Create(context),
            FuzzCommand.Create(context),
            HuntCommand.Create(context),
            MergeCommand.Create(context),
            ExecCommand.Create(context),
            BuildCommand.Create(context),
            ConfirmCommand.Create(context),
            MutantsCommand.Create(context),
            RecordCommand.Create(context),
            PlayCommand.Create(context),
            ReviewCommand.Create(context),
            NewCommand.Create(context),
            CompletionCommand.Create(context),
            ManCommand.Create(context),
        };

    private static string FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private static string Quote(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(a => a.Length == 0 || a.Contains(' ') ? $"'{a}'" : a));
}

/// <summary>What the process tells its caller.</summary>
public static class ExitCode
{
    /// <summary>Every stated answer holds, or there was nothing to judge.</summary>
    public const int Holds = 0;

    /// <summary>A stated answer does not hold.</summary>
    public const int DoesNotHold = 1;

    /// <summary>The command line or a file that it names is wrong.</summary>
    public const int BadInput = 2;

    /// <summary>
    /// A campaign is through and has findings. A job scheduler must not run it again: it would find the same.
    /// </summary>
    public const int Found = 4;

    /// <summary>The simulator itself is wrong; sysexits.h calls it EX_SOFTWARE.</summary>
    public const int InternalError = 70;
}

/// <summary>
/// Ends a command because its input is wrong. The message is what the user reads: whole sentences,
/// with what would have been right.
/// </summary>
public sealed class InputErrorException(string message) : Exception(message)
{
    /// <summary>
    /// The message begins with the file's name, as a compiler's does, and not with the command's.
    /// </summary>
    public bool NamesItsFile { get; init; }
}
