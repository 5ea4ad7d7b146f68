using IommuSim.Source.UserMode;

namespace IommuSim.Cli.Commands;

/// <summary>The User-Mode Linux of a tree, built where it is not there yet.</summary>
internal static class UmlOfTree
{
    public static UmlKernel Build(CommandContext context, string tree, UmlOptions options)
    {
        var progress = new Progress(context);
        try
        {
            return Build(context, tree, options, progress, context.Settings.Interrupts());
        }
        catch (OperationCanceledException)
        {
            throw new InputErrorException("interrupted; a build goes on from here");
        }
        finally
        {
            progress.Clear();
        }
    }

    public static UmlKernel Build(
        CommandContext context,
        string tree,
        UmlOptions options,
        Progress progress,
        CancellationToken interrupt
    )
    {
        var said = false;
        var outcome = UmlBuild
            .MakeAsync(
                tree,
                options,
                step =>
                {
                    // A terminal has the progress line; a log would show nothing for minutes.
                    if (!said && !context.Settings.Progress)
                        context.Error.Write($"iommusim: building {step.Text}; this takes 5 to 10 minutes, once\n");
                    said = true;
                    progress.Report(() =>
                        step.Total == 0 ? step.Text : $"{step.Text}, {step.Done} of about {step.Total} files, once"
                    );
                },
                interrupt
            )
            .GetAwaiter()
            .GetResult();
        progress.Clear();
        return outcome switch
        {
            UmlError refused => throw new InputErrorException(string.Join('\n', refused.Lines)),
            var built => ((UmlBuilt)built).Kernel,
        };
    }
}
