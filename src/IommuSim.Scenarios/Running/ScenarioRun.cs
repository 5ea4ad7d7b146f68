using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Running;

/// <summary>How a scenario is run.</summary>
/// <param name="Trace">Whether every step is printed.</param>
/// <param name="Replay">
/// Choices instead of those of the scenario; a text of <see cref="ReplaySource"/>.
/// </param>
/// <param name="Build">A build instead of the kernel's own with the scenario's switches.</param>
/// <param name="Races">Looks for data races of the scenario's tasks, in kernels made of C.</param>
public sealed record RunOptions(
    bool Trace = false,
    string? Replay = null,
    BuildSwitches? Build = null,
    bool Races = false
)
{
    /// <summary>Told of each step when it is made: what came of it, the kernel, and the files that are open.</summary>
    internal Action<StepRun, IKernel, IReadOnlyList<int>>? Made { get; init; }
}

/// <summary>What became of a scenario on one kernel.</summary>
/// <param name="Steps">
/// The steps that were made; fewer than stated when the run had to stop.
/// </param>
/// <param name="Replay">The choices of the run, for <see cref="RunOptions.Replay"/>.</param>
/// <param name="Failure">
/// What did not hold first: the place, the step, stated, seen and differing; null when all held.
/// </param>
public sealed record ScenarioRun(
    BoundScenario Scenario,
    KernelNode Kernel,
    IReadOnlyList<StepRun> Steps,
    string Replay,
    string? Failure
)
{
    /// <summary>Everything stated was seen, and nothing was left behind at the end.</summary>
    public bool Holds => Failure is null;
}

/// <summary>What became of one step.</summary>
public sealed record StepRun
{
    internal StepRun(
        Step syntax,
        SyscallResult result,
        Outcome? stated,
        string mismatch,
        IReadOnlyList<KernelReport> reports,
        string trace
    )
    {
        Syntax = syntax;
        Result = result;
        Stated = stated;
        Mismatch = mismatch;
        Reports = reports;
        Trace = trace;
    }

    /// <summary>The line of the step in the file, from 1.</summary>
    public int Line => Syntax.Span.Line;

    /// <summary>What the call returned.</summary>
    public SyscallResult Result { get; }

    /// <summary>Lines that say what was seen and what differs; empty when it holds.</summary>
    public string Mismatch { get; }

    /// <summary>The reports of this step.</summary>
    public IReadOnlyList<KernelReport> Reports { get; }

    /// <summary>The step in the layout of strace; empty unless asked for.</summary>
    public string Trace { get; }

    /// <summary>What is stated of the step was seen.</summary>
    public bool Holds => Mismatch.Length == 0;

    internal Step Syntax { get; }

    /// <summary>The outcome that speaks of the kernel; null when none is written.</summary>
    internal Outcome? Stated { get; }
}

/// <summary>Says what did not hold, for a reader who has the scenario's file open.</summary>
internal static class FailureText
{
    public static string OfStep(BoundScenario scenario, KernelNode kernel, StepRun run)
    {
        var span = run.Stated?.Span ?? run.Syntax.Span;
        var stated = run.Stated is null
            ? "OK (no outcome is written, so the step must succeed)"
            : scenario.Source.Line(span.Line).Trim();
        var step = scenario.Source.Line(run.Syntax.Span.Line).Trim();
        return $"{scenario.Path}:{span.Line}:{span.Column}: does not hold on {kernel}\n"
            + $"  step:    {step}\n"
            + $"  stated:  {stated}\n"
            + run.Mismatch;
    }

    public static string More(int count) =>
        count == 1 ? "  1 later step does not hold\n" : $"  {count} later steps do not hold\n";

    public static string AtEnd(BoundScenario scenario, KernelNode kernel, IEnumerable<KernelReport> reports)
    {
        var lines = reports.Select(r => $"  report \"{r.Title}\" ({r.Line})\n");
        return $"{scenario.Path}: does not hold on {kernel}: "
            + "at the end, when everything is given back:\n"
            + string.Concat(lines);
    }
}
