using IommuSim.Source.Ir;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Translation;

/// <summary>
/// What lockdep_assert_held and its like are in a kernel without lockdep: a prefetch that no other code makes, by an
/// edit of the tree. No other builtin of clang stays where it is and leaves alone what is compiled around it.
/// </summary>
internal static class LockAssertion
{
    /// <summary>What the call asserts; null for a prefetch that is one.</summary>
    public static HeldAs? Of(CallInstruction call) =>
        call.Arguments is [_, { Value: var write }, { Value: IntegerValue { Value: var locality } }, ..]
            ? (IsOne(write), (int)locality) switch
            {
                (false, 1) => HeldAs.Any,
                (true, 1) => HeldAs.Written,
                (false, 2) => HeldAs.Read,
                _ => null,
            }
            : null;

    private static bool IsOne(IrValue value) => value is IntegerValue { Value: var number } && number == 1;
}
