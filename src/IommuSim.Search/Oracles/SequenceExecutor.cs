using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine.Reports;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// Runs sequences on fresh machines and judges every call: reports, invariants, outputs, work, and
/// errors that nothing explains. The first finding ends a run. Of a kernel made of C it judges what a program sees.
/// </summary>
internal sealed class SequenceExecutor
{
    private const string LostRanges = "I3: a failed call changed which addresses of an IOAS can be mapped";

    private readonly ContractTable _contracts;
    private readonly bool _isSeen;
    private readonly List<Violation> _found = [];
    private readonly byte[] _argument = new byte[OutputRules.Compared];
    private readonly LifeCycleModel? _model;
    private readonly MappingModel? _mappings;
    private readonly VisibleRanges? _ranges;
    private readonly UnseenIoases? _unseen;
    private readonly PinsAtEnd _pins;
    private readonly CObjectGraph? _graph;
    private StateSnapshot _before = new();
    private StateSnapshot _after = new();
    private bool _toleratesWarnings;
    private int _reports;

    /// <summary>The call that is made was judged before.</summary>
    private bool _isRepeated;

    /// <summary>The state was not looked at after the last call.</summary>
    private bool _isStateOld;

    /// <param name="isSeen">False to judge a modelled kernel by what programs see, as one made of C.</param>
    public SequenceExecutor(SearchTarget target, ContractTable contracts, bool hasModel = true, bool isSeen = true)
    {
        _contracts = contracts;
        _isSeen = isSeen && !target.IsSource;
        Machine = new SequenceMachine(target);
        _pins = new PinsAtEnd(Machine);
        _model = hasModel ? new LifeCycleModel(Machine, contracts, _isSeen) : null;
        _ranges = hasModel && !_isSeen ? new VisibleRanges(Machine) : null;
        _unseen = _ranges is null ? null : new UnseenIoases(_model!, _ranges);
        _graph = target.IsSource ? new CObjectGraph(Machine) : null;
        _mappings = hasModel ? new MappingModel(Machine, contracts, _model!, _unseen) : null;
    }

    public SequenceMachine Machine { get; }

    /// <summary>The call that was made last, or null.</summary>
    public PreparedCall? Last { get; private set; }

    /// <summary>The kernel from inside; null for one made of C.</summary>
    private IommufdKernel? Inside => _isSeen ? Machine.Kernel : null;

    /// <summary>A number for the state after the last call; equal for equal states.</summary>
    public ulong Fingerprint => _before.Fingerprint;

    /// <summary>Whether a call that does too much work is stopped.</summary>
    public bool IsBounded { get; set; } = true;

    /// <summary>Runs the whole sequence and gives everything back; the first finding or null.</summary>
    public (string Title, string Detail, int Index)? Run(CallSequence sequence)
    {
        if (!Start(sequence.Devices, sequence.LockedPages))
            return null;
        for (var i = 0; i < sequence.Calls.Length; i++)
        {
            var outcome = Step(sequence.Calls[i]);
            if (outcome.Title is { } title)
                return (title, outcome.Detail, i);
        }

        return Finish() is { } last ? (last.Title, last.Detail, sequence.Calls.Length) : null;
    }

    /// <summary>The objects after the calls of the sequence; null where the kernel's cannot be read.</summary>
    public ObjectPicture? Draw(CallSequence sequence)
    {
        if (!Start(sequence.Devices, sequence.LockedPages))
            return null;
        foreach (var call in sequence.Calls)
        {
            if (!Machine.Task.Dead)
                Step(call);
        }

        return _graph?.Draw();
    }

    /// <summary>False where a kernel made of C has no such device: there is nothing to run then.</summary>
    public bool Start(ImmutableArray<DeviceDeclared> devices, ulong? lockedPages = null)
    {
        if (!Machine.Boot(devices, lockedPages))
            return false;
        Resume(devices);
        _model?.Start(devices);
        _mappings?.Start();
        _ranges?.Start();
        _unseen?.Start();
        return true;
    }

    /// <summary>Goes on from the machine's present state, which other calls have made.</summary>
    public void Resume(ImmutableArray<DeviceDeclared> devices)
    {
        _toleratesWarnings = DriverFaults.Any(devices);
        _reports = Machine.Running.Machine.Reports.Count;
        TakeBefore();
    }

    private void TakeBefore()
    {
        _isStateOld = false;
        if (Inside is { } inside)
            _before.Take(inside);
    }

    /// <summary>
    /// Why the last call, which failed, failed so: the rule by which it was judged. Null where nothing says so.
    /// </summary>
    public string? ReasonOf(in StepOutcome outcome) =>
        RuleFor(outcome.Result.Errno) ?? ErrnoRules.CauseOf(_contracts.Of(Last!.Call.Name), outcome, Machine);

    /// <summary>Whether the contract no longer knows what there is: of what follows it expects nothing.</summary>
    public bool IsLost => _model is { IsLost: true };

    /// <summary>Why the contract says that the last call must fail, where it leaves the errno open; or null.</summary>
    public string? ReasonToFail => _model is { Expected: { MustFail: true, Why: var why } } ? why : null;

    /// <summary>Whether the contract states this very errno of the last call.</summary>
    public bool IsDecided(Errno errno) => RuleFor(errno) is not null;

    private string? RuleFor(Errno errno) =>
        _model is { } life && life.Expected.Errno == errno ? life.Expected.Why
        : _mappings is { } mappings && mappings.Expected.Errno == errno ? mappings.Expected.Why
        : null;

    /// <summary>Every state invariant, outside of any call; the first that does not hold, or null.</summary>
    public string? CheckState()
    {
        _found.Clear();
        InvariantChecker.Check(Machine.Running, _found);
        _graph?.Check(_found);
        return _found.Count > 0 ? _found[0].Title : null;
    }

    /// <summary>
    /// What a program sees of an ioctl that ran beside others': its outputs, and an errno that nothing explains. The
    /// first that does not hold, or null.
    /// </summary>
    /// <param name="argument">The struct before the call, at least <see cref="OutputRules.Compared"/> bytes.</param>
    /// <param name="failing">In which a point is to fail, which this call may have met; null for none.</param>
    public string? CheckBesideOthers(
        PreparedCall made,
        ReadOnlySpan<byte> argument,
        SyscallResult result,
        Call? failing
    )
    {
        _found.Clear();
        var contract = _contracts.Of(made.Call.Name);
        OutputRules.Check(made, contract, argument[..OutputRules.Compared], result, Machine, kernel: null, _found);
        // Whose access failed and what the driver answered last, nobody can tell apart: only an errno is judged.
        if (!result.Succeeded && !contract.ReturnsDriverErrno)
        {
            var outcome = new StepOutcome(true, result, null, "", failing is not null)
            {
                InjectedKind = failing?.Injected ?? default,
            };
            ErrnoRules.Check(made, contract, outcome, Machine, _found);
        }

        return _found.Count > 0 ? _found[0].Title : null;
    }

    /// <summary>
    /// Makes a call that was judged before, in another run that was the same so far and found nothing: what it returned
    /// is followed, and the state is not looked at.
    /// </summary>
    public StepOutcome Repeat(Call call)
    {
        _isRepeated = true;
        var outcome = Step(call);
        _isRepeated = false;
        return outcome;
    }

    /// <summary>Makes one call, or leaves it out.</summary>
    public StepOutcome Step(Call call)
    {
        if (_isStateOld && !_isRepeated)
            TakeBefore();
        if (Machine.Prepare(call) is not { } prepared)
            return StepOutcome.Skipped;
        Last = prepared;
        var argument = SaveArgument(prepared);
        if (_ranges is not null && VisibleRanges.Concerns(prepared))
            _ranges.Take(_model!);
        _mappings?.Look(prepared);
        var decisions = Machine.Running.Machine.Decisions;
        var (accesses, bytes) = IsBounded ? _contracts.Of(call.Verb).Work : (0, 0);
        Machine.Memory.ResetCounters();
        Machine.Running.Machine.Answered(Errno.OK);
        Machine.Memory.AccessBound = accesses;
        Machine.Memory.ByteBound = bytes;
        if (call.InjectNth > 0)
            decisions.Inject(call.Injected, call.InjectNth);
        SyscallResult result;
        try
        {
            result = prepared.Issue(Machine.Running, Machine.Task);
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

        var points = decisions.PointsPassed;
        var injected = call.InjectNth > 0 && points >= call.InjectNth;
        decisions.Inject(call.Injected, 0);
        var outcome = new StepOutcome(true, result, null, "", injected)
        {
            InjectedKind = call.Injected,
            Points = points,
            Moved = prepared.Moved,
        };
        return Check(prepared, argument, outcome);
    }

    /// <summary>Gives everything back, as VFIO and the end of a process do.</summary>
    public (string Title, string Detail)? Finish()
    {
        var unplugged = (string?)null;
        foreach (var call in Machine.CallsToGiveBack())
        {
            if (call.Kind == CallKind.Close)
                unplugged ??= Unplug();
            var outcome = Step(call);
            if (outcome.Title is { } title)
                return (title, unplugged + outcome.Detail);
        }

        return Machine.Target.IsSource && _pins.Check() is { } pinned ? (pinned, "after everything was closed") : null;
    }

    /// <summary>
    /// Hardware may go when no device of it is bound: what a process still has of an IOMMU must keep it.
    /// Returns what went, as a line of a finding's text.
    /// </summary>
    private string Unplug()
    {
        const string Driver = "mock";
        if (Inside is not { } inside || !Machine.Target.HasViommus || Machine.Bound.Count > 0)
            return "";
        foreach (var context in inside.Contexts)
        {
            for (uint id = 1; id <= context.Objects.LastUsed; id++)
            {
                if (context.Objects.Find(id) is IommufdDevice)
                    return "";
            }
        }

        return inside.UnplugIommu(Driver) ? $"the IOMMU of {Driver} went before the descriptors were closed\n" : "";
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
        if (!outcome.Result.Killed)
            Machine.Keep(made, outcome.Result);
        if (NewReport() is { } report)
            return outcome with { Title = report.Title, Detail = report.Render() };
        if (outcome.Result.Killed)
            return outcome with { Title = "a task died without a report" };
        return _isRepeated ? Follow(made, argument, outcome) : Judge(made, argument, outcome);
    }

    private StepOutcome Follow(PreparedCall made, ReadOnlySpan<byte> argument, in StepOutcome outcome)
    {
        _isStateOld = true;
        _model?.Judge(made, argument, outcome);
        _mappings?.Judge(made, argument, outcome);
        return outcome;
    }

    private StepOutcome Judge(PreparedCall made, ReadOnlySpan<byte> argument, in StepOutcome outcome)
    {
        _found.Clear();
        if (Inside is { } inside)
            CheckInside(inside, made, outcome);
        // Of an ioctl that is not modelled nothing is known but its size.
        if (made.Plan is { } plan && (Inside is not null || plan.IsModelled))
            CheckOutputs(made, argument, outcome);
        if (_found.Count > 0)
            return outcome with { Title = _found[0].Title, Detail = Describe(made, outcome) };
        if (_model?.Judge(made, argument, outcome) is { } judged)
            return outcome with { Title = judged, Detail = Describe(made, outcome) };
        if (_mappings?.Judge(made, argument, outcome) is { } mapped)
            return outcome with { Title = mapped, Detail = Describe(made, outcome) };
        if (_ranges is not null && !outcome.Result.Succeeded && HasLostRanges(made, outcome.Result.Errno))
            return outcome with { Title = LostRanges, Detail = Describe(made, outcome) };
        if (_unseen is not null && VisibleRanges.Concerns(made) && _unseen.CheckReserved(outcome) is { } mappable)
            return outcome with { Title = mappable, Detail = Describe(made, outcome) };
        // Last: of two findings the one that a program sees is the one that real Linux can be asked for.
        _graph?.Check(_found);
        return _found.Count == 0 ? outcome : outcome with { Title = _found[0].Title, Detail = Describe(made, outcome) };
    }

    private void CheckInside(IommufdKernel kernel, PreparedCall made, StepOutcome outcome)
    {
        _after.Take(kernel);
        InvariantChecker.CheckAnyCall(_before, _after, _found);
        if (!outcome.Result.Succeeded && !MayChange(kernel, made, outcome.Result.Errno))
            InvariantChecker.CheckFailedCall(_before, _after, _found);
        InvariantChecker.Check(kernel, _found);
        if (outcome.Result.Succeeded && made.Call.Kind == CallKind.Replace && made.Bound!.Device is { } device)
            InvariantChecker.CheckReplaced(device, _found);
        if (made.Call.Kind == CallKind.Read)
            ReadRules.Check(made, outcome, Machine, _found);
        (_before, _after) = (_after, _before);
    }

    private bool HasLostRanges(PreparedCall made, Errno errno) =>
        VisibleRanges.Concerns(made)
        && !_contracts.MayRemain(Machine.Target.Spec, made.Call.Name, errno)
        && _ranges!.Changed(_model!);

    private void CheckOutputs(PreparedCall made, ReadOnlySpan<byte> argument, StepOutcome outcome)
    {
        var contract = _contracts.Of(made.Call.Name);
        OutputRules.Check(made, contract, argument, outcome.Result, Machine, Inside, _found);
        if (outcome.Result.Succeeded && contract.DescribesDevice && Inside is { } inside)
            HwInfoOutput.Check(made, argument, inside, _found);
        ErrnoRules.Check(made, contract, outcome, Machine, _found);
    }

    private bool MayChange(IommufdKernel kernel, PreparedCall made, Errno errno) =>
        made.Plan is not null
            ? _contracts.MayRemain(Machine.Target.Spec, made.Call.Name, errno)
            : OwesResponses(kernel);

    /// <summary>
    /// A driver that turns page faults off and on again, while responses are due, goes on with another parameter
    /// for them; the old one lives as long as they do.
    /// </summary>
    private static bool OwesResponses(IommufdKernel kernel)
    {
        foreach (var device in kernel.Devices)
        {
            if (device.FaultGroupsRaised > device.FaultGroupsAnswered)
                return true;
        }

        return false;
    }

    private KernelReport? NewReport()
    {
        var reports = Machine.Running.Machine.Reports;
        for (; _reports < reports.Count; _reports++)
        {
            if (!_toleratesWarnings || !DriverFaults.Owes(reports[_reports]))
                return reports[_reports];
        }

        return null;
    }

    private static string Describe(PreparedCall made, StepOutcome outcome) =>
        $"after {made.Call.Name}, which answered {outcome.Result}";

    private static StepOutcome Found(string title, string detail) =>
        new(true, SyscallResult.Died, title, detail, false);
}
