using System.Globalization;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// Fails the first, second, ... allocation, copy and driver op of every call of a sequence, one per
/// run, until a run has no such point. A failure must leave no report, no leak and no change.
/// </summary>
internal sealed class SequenceSweep(SearchTarget target)
{
    /// <summary>No call has more points of a kind than this; a loop of them is a finding of its own.</summary>
    private const int MaxPoints = 64;

    private static readonly DecisionKind[] s_kinds =
    [
        DecisionKind.Allocation,
        DecisionKind.DriverOp,
        DecisionKind.Copy,
    ];

    private readonly SequenceExecutor _executor = new(target, IoctlTopics.Contracts);

    /// <summary>What the call returned last in which a point failed.</summary>
    private SyscallResult _failed;

    /// <summary>Runs made.</summary>
    public long Runs { get; private set; }

    /// <summary>The first finding that is not set aside, with the sequence that shows it; or null.</summary>
    /// <param name="isSetAside">Is asked of every finding; null sets none aside.</param>
    public (string Title, string Detail, CallSequence Sequence)? Run(
        CallSequence sequence,
        Func<string, CallSequence, bool>? isSetAside = null
    )
    {
        var points = Array.ConvertAll(s_kinds, kind => PointsOf(sequence, kind));
        for (var step = 0; step < sequence.Calls.Length; step++)
        {
            for (var i = 0; i < s_kinds.Length; i++)
            {
                if (RunStep(sequence, step, s_kinds[i], points[i][step], isSetAside) is { } found)
                    return found;
            }
        }

        return null;
    }

    /// <summary>
    /// What every call returns in which an allocation or a copy failed, and what is found in a run with one; in words
    /// that name the call by its place in the sequence.
    /// </summary>
    public IEnumerable<string> OutcomesOf(CallSequence sequence)
    {
        for (var step = 0; step < sequence.Calls.Length; step++)
        {
            var call = sequence.Calls[step];
            if (call.InjectNth > 0)
                continue;
            foreach (
                var kind in (DecisionKind[])[DecisionKind.Allocation, DecisionKind.Copy, DecisionKind.FaultAttribute]
            )
            {
                for (var nth = 1; nth <= MaxPoints; nth++)
                {
                    var failing = sequence with
                    {
                        Calls = sequence.Calls.SetItem(step, call with { Injected = kind, InjectNth = nth }),
                    };
                    var (found, wasMet) = RunOnce(failing, step);
                    if (!wasMet)
                        break;
                    yield return string.Create(
                        CultureInfo.InvariantCulture,
                        $"call {step + 1}, {call.Name}, {kind} {nth}: {found?.Title ?? $"{_failed}"}"
                    );
                }
            }
        }
    }

    /// <summary>How many points of this kind each call passes where none fails.</summary>
    private int[] PointsOf(CallSequence sequence, DecisionKind kind)
    {
        var points = new int[sequence.Calls.Length];
        Array.Fill(points, MaxPoints);
        _executor.Start(sequence.Devices, sequence.LockedPages);
        for (var i = 0; i < points.Length; i++)
        {
            var call = sequence.Calls[i];
            var outcome =
                call.InjectNth > 0
                    ? _executor.Step(call)
                    : _executor.Step(call with { Injected = kind, InjectNth = int.MaxValue });
            if (outcome.Title is not null)
                break;
            points[i] = outcome.Points;
        }

        return points;
    }

    private (string, string, CallSequence)? RunStep(
        CallSequence sequence,
        int step,
        DecisionKind kind,
        int points,
        Func<string, CallSequence, bool>? isSetAside
    )
    {
        var call = sequence.Calls[step];
        if (call.InjectNth > 0 || (kind == DecisionKind.DriverOp && !IoctlTopics.Draws.MayRefuse(call)))
            return null;
        for (var nth = 1; nth <= MaxPoints; nth++)
        {
            // A run in which no point is left to fail is the sequence as it was drawn, which found nothing.
            if (nth > points)
            {
                Runs++;
                return null;
            }

            var failing = sequence with
            {
                Calls = sequence.Calls.SetItem(step, call with { Injected = kind, InjectNth = nth }),
            };
            var (found, wasMet) = RunOnce(failing, step);
            if (found is { } finding && isSetAside?.Invoke(finding.Title, failing) != true)
                return (finding.Title, finding.Detail, failing);
            if (!wasMet)
                return null;
        }

        return null;
    }

    private ((string Title, string Detail)? Found, bool WasMet) RunOnce(CallSequence sequence, int step)
    {
        Runs++;
        _executor.Start(sequence.Devices, sequence.LockedPages);
        for (var i = 0; i < sequence.Calls.Length; i++)
        {
            var outcome = i < step ? _executor.Repeat(sequence.Calls[i]) : _executor.Step(sequence.Calls[i]);
            if (i == step)
                _failed = outcome.Result;
            if (outcome.Title is { } title)
                return ((title, outcome.Detail), true);
            if (i == step && !outcome.Injected)
                return (null, false);
        }

        return (_executor.Finish(), true);
    }
}
