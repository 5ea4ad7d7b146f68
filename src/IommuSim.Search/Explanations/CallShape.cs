using System.Collections.Immutable;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Explanations;

/// <summary>A call that succeeded, with what was done before it.</summary>
internal sealed record CallShape(CallSequence Before, Call Call)
{
    /// <summary>The ioctl with nothing before it and all fields 0, which mostly fails.</summary>
    public static CallShape Empty(string ioctl) => new(new CallSequence([], []), new Call(1, CallKind.Ioctl, ioctl));

    /// <summary>No call of a sequence has it.</summary>
    private const int OwnLabel = 1 << 20;

    /// <summary>Makes the call with these changes; null where a call before it ends the program.</summary>
    public StepOutcome? Run(SequenceExecutor executor, params ReadOnlySpan<CallChange> changes)
    {
        if (!executor.Start(Before.Devices, Before.LockedPages))
            return null;
        foreach (var before in Before.Calls)
            executor.Repeat(before);
        var call = Call;
        foreach (var change in changes)
        {
            if (change.IsRepeated)
                executor.Repeat(Call with { Label = OwnLabel });
            call = change.Apply(call);
        }

        if (executor.Machine.Task.Dead)
            return null;
        var outcome = executor.Repeat(call);
        return outcome.Made && !outcome.Result.Killed ? outcome : null;
    }

    /// <summary>
    /// Equal for calls whose fields are set alike: which of them are 0, and what was made by the same ioctls.
    /// </summary>
    public static string KeyOf(Call call, ImmutableArray<Call> before)
    {
        var fields = call.Fields.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Name}={Kind(f.Value)}");
        return string.Join(' ', fields);

        string Kind(CallValue value) =>
            value.Memory is not null ? "memory"
            : value.Label == 0 ? (value.Number == 0 ? "0" : "number")
            : before.FirstOrDefault(c => c.Label == value.Label)?.Name ?? "none";
    }
}
