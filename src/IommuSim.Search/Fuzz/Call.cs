using System.Collections.Immutable;
using IommuSim.Machine;

namespace IommuSim.Search.Fuzz;

/// <summary>One call of a sequence, with ids as references to the calls that return them.</summary>
/// <param name="Label">Names its results; unique in the sequence, from 1.</param>
/// <param name="Verb">The C name of an ioctl or test operation.</param>
public sealed record Call(int Label, CallKind Kind, string Verb)
{
    /// <summary>The ioctl's fields; for attach and replace the one field <c>pt_id</c>; for read and write <c>buf</c> and <c>count</c>.</summary>
    public ImmutableArray<FieldSetting> Fields { get; init; } = [];

    /// <summary>Bind: the device's number in the sequence.</summary>
    public int Device { get; init; }

    /// <summary>Attach, replace, detach, unbind: the label of the bind.</summary>
    public int Bound { get; init; }

    /// <summary>The label of the call that the descriptor is from; 0 for the first descriptor.</summary>
    public int File { get; init; }

    /// <summary>The size word; null for the struct's own size.</summary>
    public ulong? Size { get; init; }

    /// <summary>A byte behind the struct.</summary>
    public byte? Tail { get; init; }

    public StructPlace Place { get; init; }

    public DecisionKind Injected { get; init; }

    /// <summary>Which point of that kind fails, from 1; 0 for none.</summary>
    public int InjectNth { get; init; }
}
