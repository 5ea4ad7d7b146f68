using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// Runs the same sequences on two kernels and looks for the first call that they answer
/// differently. A program is one binary: it is built against the header of the first.
/// </summary>
public sealed class DifferenceSearch
{
    private const int Batch = 64;

    private readonly FuzzTarget _one;
    private readonly FuzzTarget _other;
    private readonly FuzzOptions _options;
    private readonly Fuzzer _fuzzer;
    private readonly SequenceMachine _first;
    private readonly SequenceMachine _second;
    private readonly SortedDictionary<string, FuzzFinding> _found = new(StringComparer.Ordinal);

    public DifferenceSearch(FuzzTarget one, FuzzTarget other, FuzzOptions options)
    {
        _one = one;
        _other = other;
        _options = options;
        _fuzzer = new Fuzzer(one);
        _first = new SequenceMachine(one);
        _second = new SequenceMachine(other);
    }

    /// <summary>Sequences run on both.</summary>
    public long Sequences { get; private set; }

    /// <summary>The differences by title: a call and its two answers.</summary>
    public IReadOnlyCollection<FuzzFinding> Differences => _found.Values;

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> answers false.</summary>
    public void Run(Func<DifferenceSearch, bool> goOn)
    {
        for (ulong k = 0; Sequences < (_options.MaxSequences ?? long.MaxValue); k++)
        {
            if (k % (ulong)_options.Shards != (ulong)_options.Shard - 1)
                continue;
            var seed = unchecked(_options.Seed + k);
            var sequence = _fuzzer.DrawClean(seed);
            Sequences++;
            if (FirstDifference(sequence) is { } title)
                Keep(sequence, title, seed);
            if (_options.StopsAtFirst && _found.Count > 0)
                return;
            if (Sequences % Batch == 0 && !goOn(this))
                return;
        }
    }

    /// <summary>The calls and both answers, up to the first that differ.</summary>
    private string Describe(CallSequence sequence)
    {
        var text = new StringBuilder();
        _first.Boot(sequence.Devices);
        _second.Boot(sequence.Devices);
        foreach (var call in sequence.Calls)
        {
            text.Append(ScenarioWriter.Step(call, sequence)).Append('\n');
            var answers = (Make(_first, call), Make(_second, call));
            text.Append("  ").Append(answers.Item1);
            if (answers.Item1 != answers.Item2)
            {
                text.Append(CultureInfo.InvariantCulture, $" on {_one.Node}\n  {answers.Item2} on {_other.Node}\n");
                break;
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private void Keep(CallSequence sequence, string title, ulong seed)
    {
        if (_found.TryGetValue(title, out var known))
        {
            known.Count++;
            return;
        }

        var shrunk = Shrinker.Shrink(sequence, title, FirstDifference);
        var replay = string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel {_one.Node} --against {_other.Node} --seed {seed} --steps 1"
        );
        var finding = new Finding(title, "differential", replay, Describe(shrunk));
        _found.Add(
            title,
            new FuzzFinding(finding, shrunk, Sequences)
            {
                Scenario = ScenarioWriter.Write(_one, shrunk, FindingFiles.NameOf(title), title, replay, []),
                Program = ProgramWriter.Write(_one, shrunk, title),
            }
        );
    }

    private string? FirstDifference(CallSequence sequence)
    {
        _first.Boot(sequence.Devices);
        _second.Boot(sequence.Devices);
        foreach (var call in sequence.Calls)
        {
            var one = Make(_first, call);
            var other = Make(_second, call);
            if (one != other)
            {
                var name = call.Kind == CallKind.Ioctl ? call.Verb : call.Kind.ToString().ToLowerInvariant();
                return $"{name}: {one} here, {other} there";
            }

            if (_first.Task.Dead)
                return null;
        }

        return null;
    }

    /// <summary>What a program sees of the call, and the reports; without ids, which differ later.</summary>
    private static string Make(SequenceMachine machine, Call call)
    {
        var reports = machine.Kernel.Machine.Reports.Count;
        if (machine.Prepare(call) is not { } prepared)
            return "not made";
        (machine.Memory.AccessBound, machine.Memory.ByteBound) = WorkBounds.Of(call.Verb);
        machine.Memory.ResetCounters();
        SyscallResult result;
        try
        {
            result = prepared.Issue(machine.Kernel, machine.Task);
        }
        catch (WorkBoundException)
        {
            return "no end";
        }

        if (!result.Killed)
            machine.Keep(prepared, result);
        var titles = machine.Kernel.Machine.Reports.Skip(reports).Select(r => r.Title);
        var text = string.Join(", ", titles.Prepend(result.ToString()));
        return text;
    }
}
