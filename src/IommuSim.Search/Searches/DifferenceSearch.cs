using System.Globalization;
using System.Text;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine.Reports;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// Runs the same sequences on two kernels and looks for the first call that they answer
/// differently. A program is one binary: it is built against the header of the first. Calls that a model
/// does not model are made on neither.
/// </summary>
public sealed class DifferenceSearch(SearchTarget one, SearchTarget other, FuzzOptions options)
{
    private readonly Fuzzer _fuzzer = new(one);
    private readonly SequenceMachine _first = new(one);
    private readonly SequenceMachine _second = new(other);
    private readonly SortedDictionary<string, FuzzFinding> _found = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _notCompared = new(StringComparer.Ordinal);

    /// <summary>What titles call the first kernel and the other.</summary>
    public (string One, string Other) Names { get; init; } = ("here", "there");

    /// <summary>Sequences run on both.</summary>
    public long Sequences { get; private set; }

    /// <summary>
    /// The program of a difference claims what the second kernel returns, as one that asks Linux of a commit needs;
    /// else what the first does.
    /// </summary>
    internal bool ClaimsSecond { get; init; }

    /// <summary>The search was ended before its sequences were through.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The differences by title: a call and its two results.</summary>
    public IReadOnlyCollection<FuzzFinding> Differences => _found.Values;

    /// <summary>Calls that were drawn and not made, and the kernel that does not model them.</summary>
    public IReadOnlyDictionary<string, string> NotCompared => _notCompared;

    /// <summary>The same as a sentence for each kernel.</summary>
    public IEnumerable<string> NotComparedNotes =>
        _notCompared
            .GroupBy(call => call.Value, StringComparer.Ordinal)
            .Select(kernel =>
                $"not compared: {string.Join(", ", kernel.Select(call => call.Key))}: {kernel.Key} has no model of it"
            );

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> returns false.</summary>
    public void Run(Func<DifferenceSearch, bool> goOn) => IsCut = options.ForEachSeed(RunOne, () => goOn(this));

    /// <summary>The calls that were not compared since the last look, a sentence for each kernel.</summary>
    internal string[] TakeNotCompared()
    {
        string[] notes = [.. NotComparedNotes];
        _notCompared.Clear();
        return notes;
    }

    /// <summary>The sequence of this seed and the title of the difference that it shows, or null.</summary>
    internal FuzzRun? Find(ulong seed)
    {
        var sequence = _fuzzer.DrawClean(seed);
        if (!Boot(sequence))
            return null;
        Sequences++;
        return FirstDifference(sequence) is { } title ? new FuzzRun(seed, sequence, title, "") : null;
    }

    /// <summary>The difference of a run by the smallest sequence that still shows it.</summary>
    internal FuzzFinding Shrink(FuzzRun run)
    {
        var title = run.Title!;
        var shrunk = Shrinker.Shrink(run.Sequence, title, FirstDifference);
        var finding = new Finding(title, "differential", ReplayOf(run), Describe(shrunk));
        return new FuzzFinding(finding, shrunk, Sequences)
        {
            Scenario = ScenarioWriter.Write(one, shrunk, FindingFiles.NameOf(title), title, finding.Replay, []),
            Program = ClaimsSecond
                ? ProgramWriter.Write(other, shrunk, title, devices => Shown(_second, shrunk, devices))
                : ProgramWriter.Write(one, shrunk, title, devices => Shown(_first, shrunk, devices)),
        };
    }

    internal string ReplayOf(FuzzRun run) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel {one.Path} --against {other.Path} --seed {run.Seed} --steps 1"
        );

    private bool RunOne(ulong seed)
    {
        if (Find(seed) is { } run)
            Keep(run, run.Title!);
        return _found.Count > 0;
    }

    /// <summary>The calls and both answers, up to the first that differ.</summary>
    private string Describe(CallSequence sequence)
    {
        var text = new StringBuilder();
        Boot(sequence);
        foreach (var call in CallsOf(sequence))
        {
            text.Append(ScenarioWriter.Step(call, sequence)).Append('\n');
            var (here, there) = (Make(_first, call), Make(_second, call));
            text.Append("  ").Append(here);
            if (here.DifferenceTo(there, Names) is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $" on {one.Node}\n  {there} on {other.Node}\n");
                break;
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private void Keep(FuzzRun run, string title)
    {
        if (_found.TryGetValue(title, out var known))
            known.Count++;
        else
            _found.Add(title, Shrink(run));
    }

    /// <summary>What the last call returns on a kernel.</summary>
    private static string? Shown(
        SequenceMachine machine,
        CallSequence sequence,
        IReadOnlyList<(int Number, int Label)> devices
    )
    {
        if (!machine.Boot(sequence.Devices))
            return null;
        var shown = (string?)null;
        foreach (var call in sequence.Calls)
        {
            if (machine.Prepare(call) is not { } prepared)
                continue;
            var result = prepared.Issue(machine.Running, machine.Task);
            if (!result.Killed)
                machine.Keep(prepared, result);
            shown = ShownOutcome.Of(prepared, new StepOutcome(true, result, null, "", false), machine, devices);
        }

        return shown;
    }

    private bool Boot(CallSequence sequence) => _first.Boot(sequence.Devices) && _second.Boot(sequence.Devices);

    /// <summary>The title of the first difference, or null.</summary>
    internal string? FirstDifference(CallSequence sequence)
    {
        if (!Boot(sequence))
            return null;
        foreach (var call in CallsOf(sequence))
        {
            var (here, there) = (Make(_first, call), Make(_second, call));
            if (here.DifferenceTo(there, Names) is { } difference)
                return $"{call.Name}: {difference}";
            if (_first.Task.Dead)
                return null;
        }

        return null;
    }

    /// <summary>The calls that both kernels claim, and at the end what gives everything back.</summary>
    private IEnumerable<Call> CallsOf(CallSequence sequence)
    {
        foreach (var call in sequence.Calls)
        {
            if (call.Kind == CallKind.Ioctl && NotModelledBy(call) is { } kernel)
                _notCompared[call.Verb] = kernel;
            else
                yield return call;
        }

        foreach (var call in _first.CallsToGiveBack())
            yield return call;
    }

    private string? NotModelledBy(Call call) =>
        !one.Claims(call.Verb) ? one.Node.Name
        : !other.Claims(call.Verb) ? other.Node.Name
        : null;

    /// <summary>Ids are given otherwise in other releases, so outputs are compared within one.</summary>
    private bool HasOutputs => ReferenceEquals(one.Release, other.Release);

    private Answer Make(SequenceMachine machine, Call call)
    {
        var reports = machine.Running.Machine.Reports.Count;
        if (machine.Prepare(call) is not { } prepared)
            return new Answer("not made", [], null);
        (machine.Memory.AccessBound, machine.Memory.ByteBound) = IoctlTopics.Contracts.Of(call.Verb).Work;
        machine.Memory.ResetCounters();
        SyscallResult result;
        try
        {
            result = prepared.Issue(machine.Running, machine.Task);
        }
        catch (WorkBoundException)
        {
            return new Answer("no end", [], null);
        }

        if (!result.Killed)
            machine.Keep(prepared, result);
        var outputs = HasOutputs ? new CallOutputs(prepared, machine.Memory) : null;
        return new Answer(result.ToString(), [.. machine.Running.Machine.Reports.Skip(reports)], outputs);
    }

    /// <summary>What a program sees of the call, and the reports.</summary>
    private sealed record Answer(string Result, KernelReport[] Reports, CallOutputs? Outputs)
    {
        /// <summary>
        /// What leaks is named by where it was allocated: a model has one object where the C has several blocks.
        /// </summary>
        private bool Leaks => Reports.Any(IsLeak);

        /// <summary>Null where the other is like this one, else this one as the difference shows it.</summary>
        public string? DifferenceTo(Answer other, (string One, string Other) names)
        {
            if (!IsLike(other))
                return $"{Tell()} {names.One}, {other.Tell()} {names.Other}";
            return Outputs is { } outputs && outputs.DifferenceTo(other.Outputs!) is { } difference
                ? $"{Tell()}, {difference}"
                : null;
        }

        public override string ToString() => string.Join(", ", Reports.Select(r => r.Title).Prepend(Result));

        private string Tell()
        {
            var told = Reports.Where(r => !IsLeak(r)).Select(r => r.Title).Prepend(Result);
            return string.Join(", ", Leaks ? told.Append("memory leaks") : told);
        }

        private bool IsLike(Answer other)
        {
            var mine = Reports.Where(r => !IsLeak(r)).ToArray();
            var theirs = other.Reports.Where(r => !IsLeak(r)).ToArray();
            return Result == other.Result
                && Leaks == other.Leaks
                && mine.Length == theirs.Length
                && mine.Zip(theirs)
                    .All(pair => pair.First.IsTitled(pair.Second.Title) || pair.Second.IsTitled(pair.First.Title));
        }

        private static bool IsLeak(KernelReport report) => report.Kind == ReportKind.MemoryLeak;
    }
}
