using System.CommandLine;
using IommuSim.Bridge;
using IommuSim.Cli.Commands;

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
    )
    {
        try
        {
            return Invoke(arguments, output, error, settings);
        }
        catch (HostRefusesException refused)
        {
            error.Write($"iommusim: {refused.Message}\n");
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
        ConsoleSettings settings
    )
    {
        (arguments, var program) = ExecCommand.SplitProgram(arguments);
        var root = Build(new CommandContext(output, error, settings) { Program = program });
        var configuration = new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
        var parsed = root.Parse(arguments, configuration);
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

    private static RootCommand Build(CommandContext context) =>
        new("Boots any state of Linux's iommufd nesting series as a simulated kernel, and asks it.")
        {
            RunCommand.Create(context),
            ExploreCommand.Create(context),
            SweepCommand.Create(context),
            CompareCommand.Create(context),
            KernelsCommand.Create(context),
            DriversCommand.Create(context),
            IoctlsCommand.Create(context),
            ShowCommand.Create(context),
            FuzzCommand.Create(context),
            HuntCommand.Create(context),
            ExecCommand.Create(context),
        };

    private static string FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private static string Quote(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(a => a.Length == 0 || a.Contains(' ') ? $"'{a}'" : a));
}
