using System.CommandLine;
using IommuSim.Cli.Rendering;
using IommuSim.Source.Building;
using IommuSim.Source.Files;
using IommuSim.Source.Ir;
using IommuSim.Source.Provided;
using IommuSim.Source.Reading;

namespace IommuSim.Cli.Commands;

/// <summary><c>build</c>: makes a kernel of the C in a tree.</summary>
internal static class BuildCommand
{
    public static Command Create(CommandContext context)
    {
        var tree = new Argument<string>("tree")
        {
            Description = "the folder of a kernel tree: unpacked sources or a git checkout; nothing is written to it",
            HelpName = "tree",
        };
        var output = new Option<string>("-o", "--output")
        {
            Description = "the kernel to write, linux-VERSION.kernel here by default",
            HelpName = "file",
        };
        var config = new Option<string>("--config")
        {
            Description = "more lines for the kernel's configuration, after those of iommusim",
            HelpName = "file",
        };
        var jobs = new NumberOption(
            "--jobs",
            "how many compilers run at once, one a processor by default",
            1,
            1024,
            (ulong)Environment.ProcessorCount
        );
        var command = new Command("build", "Compiles a kernel tree's own iommufd to a kernel for --kernel")
        {
            tree,
            output,
            config,
            jobs.Option,
        };
        command.SetAction(parsed =>
        {
            var options = new SourceBuildOptions
            {
                ConfigFragment = parsed.GetValue(config),
                Jobs = (int)jobs.ValueOf(parsed),
            };
            Build(context, parsed.GetValue(tree)!, parsed.GetValue(output), options);
            return ExitCode.Holds;
        });
        return command;
    }

    private static void Build(CommandContext context, string tree, string? output, SourceBuildOptions options)
    {
        CheckExtension(output);
        var started = context.Settings.Clock.GetTimestamp();
        var progress = new Progress(context);
        var built = Compile(tree, options, progress, context.Settings.Interrupts());
        var path = output ?? $"linux-{built.Version}.kernel";
        progress.Report(() => "translating");
        var summary = Translate(built, path);
        progress.Clear();
        var elapsed = context.Settings.Clock.GetElapsedTime(started);
        TextPage.Write(Describe(path, summary, built.Notes, elapsed), context.Output, context.Settings);
    }

    private static SourceBuildResult Compile(
        string tree,
        SourceBuildOptions options,
        Progress progress,
        CancellationToken interrupt
    )
    {
        try
        {
            return SourceBuild
                .CollectAsync(
                    tree,
                    options,
                    step =>
                        progress.Report(() =>
                            step.Total == 0 ? step.Text : $"{step.Text}, {step.Done} of {step.Total}"
                        ),
                    interrupt
                )
                .GetAwaiter()
                .GetResult() switch
            {
                SourceBuildError refused => throw new InputErrorException(string.Join('\n', refused.Lines)),
                var outcome => (SourceBuildResult)outcome,
            };
        }
        catch (OperationCanceledException)
        {
            throw new InputErrorException("interrupted; the next build goes on from here");
        }
        finally
        {
            progress.Clear();
        }
    }

    /// <summary>A tree with the default configuration.</summary>
    public static SourceBuildResult Compile(CommandContext context, string tree) =>
        Compile(tree, new SourceBuildOptions(), new Progress(context), context.Settings.Interrupts());

    /// <summary>The files of IR of a build, in its order.</summary>
    public static IrModule[] Read(SourceBuildResult built)
    {
        try
        {
            var modules = new IrModule[built.Modules.Count];
            Parallel.For(
                0,
                modules.Length,
                i =>
                {
                    using var text = new StreamReader(built.Modules[i]);
                    modules[i] = IrReader.Read(built.Modules[i], text, built.TreeRoot);
                }
            );
            return modules;
        }
        catch (AggregateException many) when (many.InnerException is IrException unknown)
        {
            throw new InputErrorException(unknown.Message) { NamesItsFile = true };
        }
    }

    /// <summary>The file appears when it is whole.</summary>
    public static KernelSummary Translate(SourceBuildResult built, string path)
    {
        try
        {
            var modules = Read(built);
            KernelSummary? summary = null;
            OutputFile.WriteWhole(
                path,
                unfinished =>
                {
                    using var file = File.Create(unfinished);
                    summary = KernelFile.Write(file, built.Version, modules, ProvidedTable.Instance);
                }
            );
            return summary!;
        }
        catch (IrException unknown)
        {
            throw new InputErrorException(unknown.Message) { NamesItsFile = true };
        }
    }

    private static Page Describe(string path, KernelSummary summary, IReadOnlyList<string> notes, TimeSpan elapsed)
    {
        var page = new Page();
        page.Text(
            $"{path}: Linux {summary.Release}, {Page.Count(summary.Functions, "function")}, "
                + $"{Page.Count(summary.Instructions, "instruction")}, {elapsed.TotalSeconds:0.0} s",
            Tone.Good
        );
        foreach (var note in notes)
            page.Text(note);
        if (summary.NotProvided.Count > 0)
        {
            page.Text(
                $"Nothing stands behind {Page.Count(summary.NotProvided.Count, "function")} that the C calls; "
                    + $"a run that calls one ends there: {string.Join(", ", summary.NotProvided)}"
            );
        }

        return page.Text($"Next: iommusim run scenarios --kernel {path}");
    }

    /// <summary>Refuses a name by which no command would know a kernel.</summary>
    public static void CheckExtension(string? path)
    {
        if (path?.EndsWith(".kernel", StringComparison.Ordinal) == false)
        {
            throw new InputErrorException(
                $"--output '{path}': the name of a kernel ends with .kernel, by which --kernel knows it"
            );
        }
    }
}
