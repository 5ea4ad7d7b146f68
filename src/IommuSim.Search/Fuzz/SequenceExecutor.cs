using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Invariants;
using IommuSim.Search.LifeCycle;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// Runs sequences on fresh machines and judges every call: reports, invariants, outputs, work, and
/// errors that nothing explains. The first finding ends a run.
/// </summary>
internal sealed class SequenceExecutor(FuzzTarget target, bool hasModel = true)
{
    private readonly List<Violation> _found = [];
    private readonly byte[] _argument = new byte[OutputRules.Compared];
    private readonly LifeCycleModel? _model = hasModel ? new LifeCycleModel(target) : null;
    private StateSnapshot _before = new();
    private StateSnapshot _after = new();
    private bool _toleratesWarnings;
    private int _reports;

    public SequenceMachine Machine { get; } = new(target);

    /// <summary>A number for the state after the last call; equal for equal states.</summary>
    public ulong Fingerprint => _before.Fingerprint;

    /// <summary>Whether a call that does too much work is stopped.</summary>
    public bool IsBounded { get; set; } = true;

    /// <summary>The struct of the last ioctl as it was sent.</summary>
    public ReadOnlySpan<byte> SavedArgument => _argument;

    /// <summary>Asked after every call that was made, with what it answered; may name a finding.</summary>
    public Func<PreparedCall, StepOutcome, string?>? Judge { get; set; }

    /// <summary>Runs the whole sequence and gives everything back; the first finding or null.</summary>
    public (string Title, string Detail, int Index)? Run(CallSequence sequence)
    {
        Start(sequence.Devices);
        for (var i = 0; i < sequence.Calls.Length; i++)
        {
            var outcome = Step(sequence.Calls[i]);
            if (outcome.Title is { } title)
                return (title, outcome.Detail, i);
        }

        return Finish() is { } last ? (last.Title, last.Detail, sequence.Calls.Length) : null;
    }

    public void Start(ImmutableArray<DeviceDeclared> devices)
    {
        Machine.Boot(devices);
        _toleratesWarnings = DriverFaults.Any(devices);
        _reports = Machine.Kernel.Machine.Reports.Count;
        _before.Take(Machine.Kernel);
        _model?.Follow(this, devices);
    }

    /// <summary>Goes on from what the machine is like now, whoever made its calls until here.</summary>
    public void Resume(ImmutableArray<DeviceDeclared> devices)
    {
        _toleratesWarnings = DriverFaults.Any(devices);
        _reports = Machine.Kernel.Machine.Reports.Count;
        _before.Take(Machine.Kernel);
    }

    /// <summary>Every state invariant, outside of any call; the first that does not hold, or null.</summary>
    public string? CheckState()
    {
        _found.Clear();
        InvariantChecker.Check(Machine.Kernel, _found);
        return _found.Count > 0 ? _found[0].Title : null;
    }

    /// <summary>Makes one call, or leaves it out.</summary>
    public StepOutcome Step(Call call)
    {
        if (Machine.Prepare(call) is not { } prepared)
            return StepOutcome.Skipped;
        var argument = SaveArgument(prepared);
        var decisions = Machine.Kernel.Machine.Decisions;
        var (accesses, bytes) = IsBounded ? WorkBounds.Of(call.Verb) : (0, 0);
        Machine.Memory.ResetCounters();
        Machine.Kernel.Machine.Answered(Errno.OK);
        Machine.Memory.AccessBound = accesses;
        Machine.Memory.ByteBound = bytes;
        if (call.InjectNth > 0)
            decisions.Inject(call.Injected, call.InjectNth);
        SyscallResult result;
        try
        {
            result = prepared.Issue(Machine.Kernel, Machine.Task);
        }
        catch (WorkBoundException)
        {
            const string Text = "a call goes on for longer than any validated input asks";
            return Found($"I17: {Text}", $"{call.Verb} was stopped");
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return Found($"model: {error.GetType().Name}", error.ToString());
        }

        var injected = call.InjectNth > 0 && decisions.PointsPassed >= call.InjectNth;
        decisions.Inject(call.Injected, 0);
        var outcome = new StepOutcome(true, result, null, "", injected)
        {
            InjectedKind = call.Injected,
            Moved = prepared.Moved,
        };
        return Check(prepared, argument, outcome);
    }

    /// <summary>Gives everything back, as VFIO and the end of a process do.</summary>
    public (string Title, string Detail)? Finish()
    {
        foreach (var handle in Machine.Bound.ToArray())
        {
            if (handle.Attached && GiveBack(CallKind.Detach, handle) is { } detach)
                return detach;
        }

        foreach (var handle in Machine.Bound.ToArray())
        {
            if (GiveBack(CallKind.Unbind, handle) is { } unbind)
                return unbind;
        }

        var unplugged = Unplug();
        foreach (var (label, _) in Machine.Queues.Concat(Machine.Files).ToArray())
        {
            var outcome = Step(new Call(-1, CallKind.Close, "close") { File = label });
            if (outcome.Title is { } title)
                return (title, unplugged + outcome.Detail);
        }

        return null;
    }

    /// <summary>
    /// Hardware may go when no device of it is bound: what a process still has of an IOMMU must keep it.
    /// Answers what went, as a line for whoever reads of a finding.
    /// </summary>
    private string Unplug()
    {
        const string Driver = "mock";
        if (!Machine.Target.HasViommus || Machine.Bound.Count > 0)
            return "";
        foreach (var context in Machine.Kernel.Contexts)
        {
            for (uint id = 1; id <= context.Objects.MaxId; id++)
            {
                if (context.Objects.Find(id) is IommufdDevice)
                    return "";
            }
        }

        return Machine.Kernel.UnplugIommu(Driver)
            ? $"the IOMMU of {Driver} went before the descriptors were closed\n"
            : "";
    }

    private (string Title, string Detail)? GiveBack(CallKind kind, BoundHandle handle)
    {
        var outcome = Step(new Call(-1, kind, "") { Bound = handle.Label });
        return outcome.Title is { } title ? (title, outcome.Detail) : null;
    }

    private ReadOnlySpan<byte> SaveArgument(PreparedCall prepared)
    {
        if (prepared.Argument is not { } argument)
            return default;
        var saved = _argument.AsSpan();
        argument.Head[..saved.Length].CopyTo(saved);
        return saved;
    }

    private StepOutcome Check(PreparedCall made, ReadOnlySpan<byte> argument, StepOutcome outcome)
    {
        var kernel = Machine.Kernel;
        if (!outcome.Result.Killed)
            Machine.Keep(made, outcome.Result);
        if (NewReport() is { } report)
            return outcome with { Title = report.Title, Detail = report.Render() };
        if (outcome.Result.Killed)
            return outcome with { Title = "a task died without a report" };
        _after.Take(kernel);
        _found.Clear();
        InvariantChecker.CheckAnyCall(_before, _after, _found);
        if (!outcome.Result.Succeeded && !MayChange(made, outcome.Result.Errno))
            InvariantChecker.CheckFailedCall(_before, _after, _found);
        InvariantChecker.Check(kernel, _found);
        if (outcome.Result.Succeeded && made.Call.Kind == CallKind.Replace)
            InvariantChecker.CheckReplaced(made.Bound!.Device, _found);
        if (made.Call.Kind == CallKind.Read)
            ReadRules.Check(made, outcome, Machine, _found);
        if (made.Plan is not null)
            CheckOutputs(made, argument, outcome);
        (_before, _after) = (_after, _before);
        if (_found.Count > 0)
            return outcome with { Title = _found[0].Title, Detail = Describe(made, outcome) };
        if (Judge?.Invoke(made, outcome) is { } judged)
            return outcome with { Title = judged, Detail = Describe(made, outcome) };
        return outcome;
    }

    private void CheckOutputs(PreparedCall made, ReadOnlySpan<byte> argument, StepOutcome outcome)
    {
        OutputRules.Check(made, argument, outcome.Result, Machine.Kernel, _found);
        if (outcome.Result.Succeeded && made.Plan!.Verb.Contains("_INFO", StringComparison.Ordinal))
            HwInfoOutput.Check(made, argument, Machine.Kernel, _found);
        ErrnoRules.Check(made, outcome, Machine, _found);
    }

    private bool MayChange(PreparedCall made, Errno errno) =>
        made.Plan is { } plan ? FailureExceptions.Allow(Machine.Target.Spec, plan.Verb, errno) : OwesAnswers();

    /// <summary>
    /// A driver that turns page faults off and on again, while answers are due, goes on with another parameter
    /// for them; the old one lives as long as they do.
    /// </summary>
    private bool OwesAnswers()
    {
        foreach (var device in Machine.Kernel.Devices)
        {
            if (device.FaultGroupsRaised > device.FaultGroupsAnswered)
                return true;
        }

        return false;
    }

    private Machine.Reports.KernelReport? NewReport()
    {
        var reports = Machine.Kernel.Machine.Reports;
        for (; _reports < reports.Count; _reports++)
        {
            if (!_toleratesWarnings || !DriverFaults.Owes(reports[_reports]))
                return reports[_reports];
        }

        return null;
    }

    private static string Describe(PreparedCall made, StepOutcome outcome)
    {
        var name = made.Plan?.Verb ?? made.Call.Kind.ToString().ToLowerInvariant();
        return $"after {name}, which answered {outcome.Result}";
    }

    private static StepOutcome Found(string title, string detail) =>
        new(true, SyscallResult.Died, title, detail, false);
}
