using System.Collections.Immutable;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Mutations;

/// <summary>Copies of a function with some of its instructions changed.</summary>
internal static class FunctionEdit
{
    public static IrFunction Replace(IrFunction function, int block, int index, Instruction instead) =>
        Change(function, block, instructions => instructions.SetItem(index, instead));

    public static IrFunction Remove(IrFunction function, int block, int index) =>
        Change(function, block, instructions => instructions.RemoveAt(index));

    /// <summary>Moves an instruction to the place of another one of its block.</summary>
    public static IrFunction Move(IrFunction function, int block, int from, int to) =>
        Change(function, block, instructions => instructions.RemoveAt(from).Insert(to, instructions[from]));

    public static IrFunction Change(
        IrFunction function,
        int block,
        Func<ImmutableArray<Instruction>, ImmutableArray<Instruction>> change
    )
    {
        var old = function.Blocks[block];
        return function with
        {
            Blocks = function.Blocks.SetItem(block, old with { Instructions = change(old.Instructions) }),
        };
    }
}
