using System.Globalization;
using System.Text;
using IommuSim.Iommu.Syscalls;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// Runs the same sequences on two kernels and looks for the first call that they answer
/// differently. A program is one binary: it is built against the header of the first.
/// </summary>
public sealed class DifferenceSearch(SearchTarget one, SearchTarget other, FuzzOptions options)
{
    private readonly Fuzzer _fuzzer = new(one);
    private readonly SequenceMachine _first = new(one);
    private readonly SequenceMachine _second = new(other);
    private readonly SortedDictionary<string, FuzzFinding> _found = new(StringComparer.Ordinal);

    /// <summary>Sequences run on both.</summary>
    public long Sequences { get; private set; }

    /// <summary>The search was ended before its sequences were through.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The differences by title: a call and its two results.</summary>
    public IReadOnlyCollection<FuzzFinding> Differences => _found.Values;

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> returns false.</summary>
    public void Run(Func<DifferenceSearch, bool> goOn) => IsCut = options.ForEachSeed(RunOne, () => goOn(this));

    private bool RunOne(ulong seed)
    {
        var sequence = _fuzzer.DrawClean(seed);
        if (!Boot(sequence))
            return _found.Count > 0;
        Sequences++;
        if (FirstDifference(sequence) is { } title)
            Keep(sequence, title, seed);
        return _found.Count > 0;
    }

    /// <summary>The calls and both results, up to the first that differ.</summary>
    private string Describe(CallSequence sequence)
    {
        var text = new StringBuilder();
        Boot(sequence);
        foreach (var call in sequence.Calls)
        {
            text.Append(ScenarioWriter.Step(call, sequence)).Append('\n');
            var (here, there) = (Make(_first, call), Make(_second, call));
            text.Append("  ").Append(here);
            if (here != there)
            {
                text.Append(CultureInfo.InvariantCulture, $" on {one.Node}\n  {there} on {other.Node}\n");
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
            $"iommusim fuzz --kernel {one.Node} --against {other.Node} --seed {seed} --steps 1"
        );
        var finding = new Finding(title, "differential", replay, Describe(shrunk));
        _found.Add(
            title,
            new FuzzFinding(finding, shrunk, Sequences)
            {
                Scenario = ScenarioWriter.Write(one, shrunk, FindingFiles.NameOf(title), title, replay, []),
                Program = ProgramWriter.Write(one, shrunk, title),
            }
        );
    }

    private bool Boot(CallSequence sequence) => _first.Boot(sequence.Devices) && _second.Boot(sequence.Devices);

    private string? FirstDifference(CallSequence sequence)
    {
        if (!Boot(sequence))
            return null;
        foreach (var call in sequence.Calls)
        {
            var (here, there) = (Make(_first, call), Make(_second, call));
            if (here != there)
                return $"{call.Name}: {here} here, {there} there";

            if (_first.Task.Dead)
                return null;
        }

        return null;
    }

    /// <summary>What a program sees of the call, and the reports; without ids, which differ later.</summary>
    private static string Make(SequenceMachine machine, Call call)
    {
        var reports = machine.Running.Machine.Reports.Count;
        if (machine.Prepare(call) is not { } prepared)
            return "not made";
        (machine.Memory.AccessBound, machine.Memory.ByteBound) = IoctlTopics.Contracts.Of(call.Verb).Work;
        machine.Memory.ResetCounters();
        SyscallResult result;
        try
        {
            result = prepared.Issue(machine.Running, machine.Task);
        }
        catch (WorkBoundException)
        {
            return "no end";
        }

        if (!result.Killed)
            machine.Keep(prepared, result);
        var titles = machine.Running.Machine.Reports.Skip(reports).Select(r => r.Title);
        return string.Join(", ", titles.Prepend(result.ToString()));
    }
}
