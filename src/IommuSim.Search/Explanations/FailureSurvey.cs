using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Explanations;

/// <summary>
/// Asks a kernel why its ioctls fail. Drawn sequences give calls that succeed, and every errno with the rule of the
/// contract by which the oracle judged it; then each call that succeeds is made with one thing wrong, and with two. The
/// errno that two return says which is looked at first: nothing here knows the order.
/// </summary>
internal sealed class FailureSurvey
{
    /// <summary>Sequences that are drawn; what is explained depends on this number and on nothing else.</summary>
    public const int Sequences = 2000;

    private const ulong Seed = 1;

    /// <summary>Calls of different shapes that each ioctl is asked by.</summary>
    private const int MostShapes = 6;

    private readonly SearchTarget _target;
    private readonly SequenceExecutor _executor;
    private readonly Dictionary<string, Dictionary<string, CallShape>> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Ioctl, Errno Errno, string? Why), long> _seen = [];

    public FailureSurvey(SearchTarget target)
    {
        _target = target;
        _executor = new SequenceExecutor(target, IoctlTopics.Contracts);
        var fuzzer = new Fuzzer(target) { CountsStates = false };
        for (ulong i = 0; i < Sequences; i++)
            Take(fuzzer.Draw(Seed + i));
    }

    /// <summary>The ioctls and test operations of a kernel, by name.</summary>
    public static IReadOnlyList<string> NamesOf(SearchTarget target) =>
        [.. target.Plans.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Explains one ioctl of <see cref="NamesOf"/>.</summary>
    public IoctlExplanation Explain(string ioctl)
    {
        var plan = _target.Plans[ioctl];
        var order = new CheckOrder(_executor, plan);
        var shapes = _shapes.TryGetValue(ioctl, out var known) ? known.Values.ToArray() : [];
        CallShape[] asked = [.. shapes.OrderBy(s => s.Before.Calls.Length).Take(MostShapes)];
        foreach (var shape in asked.Length > 0 ? asked : [CallShape.Empty(ioctl)])
            order.Ask(shape);
        foreach (var (key, _) in _seen.Where(s => s.Key.Ioctl == ioctl).OrderByDescending(s => s.Value))
            order.AddSeen(key.Errno, key.Why);
        var checks = order.Checks();
        var documented = plan.IsModelled ? Reach.Documented(ioctl) : [];
        return new IoctlExplanation(
            ioctl,
            plan.Support,
            checks,
            [.. documented.Except(checks.Select(c => c.Errno))],
            asked.Length
        );
    }

    private void Take(CallSequence sequence)
    {
        if (!_executor.Start(sequence.Devices, sequence.LockedPages))
            return;
        for (var i = 0; i < sequence.Calls.Length && !_executor.Machine.Task.Dead; i++)
        {
            var call = sequence.Calls[i];
            var outcome = _executor.Repeat(call);
            if (call.Kind != CallKind.Ioctl || !outcome.Made || outcome.Result.Killed)
                continue;
            if (!outcome.Result.Succeeded)
                CollectionsMarshal.GetValueRefOrAddDefault(
                    _seen,
                    (call.Verb, outcome.Result.Errno, _executor.IsLost ? null : _executor.ReasonOf(outcome)),
                    out _
                )++;
            else if (call.InjectNth == 0 && !_executor.IsLost)
                Keep(new CallShape(sequence with { Calls = sequence.Calls[..i] }, call));
        }
    }

    /// <summary>Of each shape the call with the least before it.</summary>
    private void Keep(CallShape shape)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_shapes, shape.Call.Verb, out _);
        known ??= new(StringComparer.Ordinal);
        ref var best = ref CollectionsMarshal.GetValueRefOrAddDefault(
            known,
            CallShape.KeyOf(shape.Call, shape.Before.Calls),
            out _
        );
        if (best is null || best.Before.Calls.Length > shape.Before.Calls.Length)
            best = shape;
    }
}
