namespace IommuSim.Source.Translation;

/// <summary>
/// Which bits of a result were never set, given those of the operands. Called by translated code, for the values of
/// <see cref="UnsetValues"/> alone.
/// </summary>
internal static class Unset
{
    public static ulong And(ulong left, ulong leftUnset, ulong right, ulong rightUnset) =>
        (leftUnset & rightUnset) | (left & rightUnset) | (leftUnset & right);

    public static ulong Or(ulong left, ulong leftUnset, ulong right, ulong rightUnset) =>
        (leftUnset & rightUnset) | (~left & rightUnset) | (leftUnset & ~right);

    /// <summary>For operators of which any bit of the result may depend on any bit of an operand.</summary>
    public static ulong All(ulong leftUnset, ulong rightUnset, ulong mask) => (leftUnset | rightUnset) != 0 ? mask : 0;

    /// <summary>Numbers that differ in a bit that was set are not equal, whatever the others are.</summary>
    public static ulong Equal(ulong left, ulong leftUnset, ulong right, ulong rightUnset)
    {
        var unset = leftUnset | rightUnset;
        return unset != 0 && ((left ^ right) & ~unset) == 0 ? 1UL : 0UL;
    }

    public static ulong Shift(ulong unset, ulong count, bool isLeft, ulong mask) =>
        (isLeft ? unset << (int)count : unset >> (int)count) & mask;

    /// <summary>The sign is copied into the bits that are new.</summary>
    public static ulong Extend(ulong unset, int fromBits, ulong mask) =>
        (ulong)((long)(unset << (64 - fromBits)) >> (64 - fromBits)) & mask;

    public static ulong Select(bool condition, ulong conditionUnset, ulong thenUnset, ulong elseUnset, ulong mask) =>
        (condition ? thenUnset : elseUnset) | (conditionUnset != 0 ? mask : 0);
}
