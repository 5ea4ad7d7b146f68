using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Source.Execution;

namespace IommuSim.Scenarios.Running;

/// <summary>
/// Runs scenarios: boots the kernel, plugs in the devices, makes the steps, judges them.
/// </summary>
public static class ScenarioRunner
{
    /// <summary>
    /// Runs a scenario on a kernel, which need not be one that it names: of others nothing is
    /// stated unless an outcome has no selector. The kernel must be of the catalog, and
    /// <see cref="RunOptions.Replay"/> a replay string, else an <see cref="ArgumentException"/>.
    /// </summary>
    public static ScenarioRun Run(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        RunOptions? options = null
    )
    {
        options ??= new RunOptions();
        if (scenario.IsExploration)
            throw new ArgumentException("an exploration has many runs", nameof(scenario));
        var machine = catalog.Boot(kernel, options.Build ?? scenario.BuildFor(kernel));
        UseChoices(machine, options.Replay ?? scenario.Syntax.Choices?.Text);
        var state = new RunState(kernel, machine, scenario);
        var steps = new List<StepRun>(scenario.Steps.Length);
        string? failure;
        try
        {
            failure = PlugIn(state, scenario) ?? MakeSteps(state, scenario, options, steps) ?? CleanUp(state, scenario);
        }
        catch (ReplayDivergedException e)
        {
            failure = $"{scenario.Path}: on {kernel}: " + $"the choices belong to another run: {e.Message}\n";
        }
        catch (NotProvidedException missing)
        {
            failure = $"{scenario.Path}: on {kernel}: {missing.Message}\n";
        }

        var replay = machine.Machine.Decisions.ToString();
        return new ScenarioRun(scenario, kernel, steps, replay, failure);
    }

    internal static void UseChoices(IKernel machine, string? replay)
    {
        if (replay is null)
            return;
        if (!ReplaySource.TryParse(replay, out var source, out var error))
            throw new ArgumentException(error, nameof(replay));
        machine.Machine.Decisions.Use(source!, source!.Kinds);
    }

    /// <summary>
    /// A kernel that the scenario does not name may lack a driver or one of its options.
    /// </summary>
    internal static string? PlugIn(RunState state, BoundScenario scenario)
    {
        foreach (var (driver, options) in scenario.Hardware)
        {
            if (!state.Kernel.TryAddDevice(driver, options, out var device, out var error))
                return $"{scenario.Path}: on {state.Node}: {error}\n";
            state.Devices.Add(device);
        }

        if (state.Kernel.Open(state.Task, out var fd).Succeeded)
            state.Opened(fd);
        state.Slots[0] = (ulong)(long)fd;
        return null;
    }

    /// <summary>
    /// Makes all steps, also those behind one that does not hold; returns the first failure.
    /// </summary>
    internal static string? MakeSteps(RunState state, BoundScenario scenario, RunOptions options, List<StepRun> runs)
    {
        string? failure = null;
        var more = 0;
        for (var i = 0; i < scenario.Steps.Length; i++)
        {
            var step = scenario.Steps[i];
            if (step.Block != StepBlock.Setup)
                continue;
            var run = MakeStep(state, step, i, options.Trace);
            runs.Add(run);
            options.Made?.Invoke(run, state.Kernel, state.Descriptors);
            if (run.Holds)
                continue;
            if (failure is null)
                failure = FailureText.OfStep(scenario, state.Node, run);
            else
                more++;
        }

        return more == 0 ? failure : failure + FailureText.More(more);
    }

    private static StepRun MakeStep(RunState state, BoundStep step, int index, bool trace)
    {
        var reports = state.Kernel.Machine.Reports;
        var before = reports.Count;
        var effect = state.Make(step, index);
        KernelReport[] own = reports.Count == before ? [] : [.. reports.Skip(before)];
        var statement = step.StatementFor(state.Node);
        return new StepRun(
            step.Syntax,
            effect.Result,
            statement?.Syntax,
            statement is null ? "" : StepJudge.Compare(state, statement, effect, own),
            own,
            trace ? StepTrace.Render(state, step, effect) : ""
        );
    }

    /// <summary>
    /// Gives everything back, unless someone died and took references along. A report that appears
    /// only now says that a step left something behind.
    /// </summary>
    private static string? CleanUp(RunState state, BoundScenario scenario)
    {
        state.Revive();
        if (state.AnyoneDied)
            return null;
        var reports = state.Kernel.Machine.Reports;
        var before = reports.Count;
        GiveBack(state);
        return reports.Count == before ? null : FailureText.AtEnd(scenario, state.Node, reports.Skip(before));
    }

    internal static void GiveBack(RunState state)
    {
        BoundDevice[] bound = [.. state.Bound.Where(b => !b.Binding.IsGone)];
        foreach (var device in bound.Where(b => b.Attached))
            Run(() => state.Detach(device));
        foreach (var device in bound)
            Run(() => state.Unbind(device));
        foreach (var fd in state.Descriptors)
            Run(() => state.Kernel.Close(state.Task, fd));

        void Run(Action action)
        {
            state.Revive();
            action();
        }
    }
}
