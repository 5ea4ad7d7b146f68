using System.Reflection.Emit;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>Functions of a kernel that holds mutants: which form runs, and what a run comes to.</summary>
internal sealed partial class FunctionTranslator
{
    /// <summary>Before anything else: goes to the form of the machine's mutant, if it is one of these.</summary>
    private void GoToMutant()
    {
        if (Mutants.Count == 0)
            return;
        var isOriginal = _il.DefineLabel();
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Call, Members.Mutant);
        _il.Emit(OpCodes.Brfalse, isOriginal);
        foreach (var mutant in Mutants)
        {
            var isOther = _il.DefineLabel();
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Call, Members.Mutant);
            _il.Emit(OpCodes.Ldc_I4, mutant.Number);
            _il.Emit(OpCodes.Bne_Un, isOther);
            for (var i = 0; i < _signature.ParameterTypes.Length; i++)
                _il.Emit(OpCodes.Ldarg, (short)i);
            _il.Emit(OpCodes.Call, _kernel.MethodOf(mutant));
            _il.Emit(OpCodes.Ret);
            _il.MarkLabel(isOther);
        }

        _il.MarkLabel(isOriginal);
    }

    /// <summary>Notes that a run comes to where a mutant is another program.</summary>
    private void Visit(IrBlock block, int instruction)
    {
        foreach (var mutant in Mutants)
        {
            if (mutant.Instruction != instruction || _function.Blocks[mutant.Block] != block)
                continue;
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldc_I4, mutant.Number);
            _il.Emit(OpCodes.Call, Members.Visit);
        }
    }

    /// <summary>Every loop has a jump to a block that is not after its own.</summary>
    private bool IsBackwards(string target)
    {
        foreach (var block in _function.Blocks)
        {
            if (block.Label == target)
                return true;
            if (ReferenceEquals(block, _block))
                return false;
        }

        return false;
    }
}

/// <summary>A changed form of a function.</summary>
/// <param name="Function">The function as it is.</param>
/// <param name="Body">As it is changed.</param>
/// <param name="Number">From 1.</param>
/// <param name="Block">The block whose run makes the change matter, as its index in the original.</param>
/// <param name="Instruction">The place in that block.</param>
internal sealed record TranslatedMutant(
    Linking.LinkedFunction Function,
    IrFunction Body,
    int Number,
    int Block,
    int Instruction
);
