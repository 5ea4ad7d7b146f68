using System.Collections.Immutable;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// A number that is known when a step runs: constant bits, or-ed with what earlier steps returned.
/// </summary>
/// <param name="Constant">The bits known when the scenario is bound.</param>
/// <param name="Slots">The names of earlier results, as indices; mostly none.</param>
internal readonly record struct ValueTerms(ulong Constant, ImmutableArray<int> Slots)
{
    public bool IsConstant => Slots.IsDefaultOrEmpty;

    public static ValueTerms Of(ulong constant) => new(constant, []);

    public static ValueTerms OfSlot(int slot) => new(0, [slot]);

    public ulong Evaluate(ulong[] slots)
    {
        var bits = Constant;
        if (IsConstant)
            return bits;
        foreach (var slot in Slots)
            bits |= slots[slot];
        return bits;
    }

    public ValueTerms Or(ValueTerms other) => new(Constant | other.Constant, [.. Slots, .. other.Slots]);
}
