using System.Reflection.Emit;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>The ends of blocks.</summary>
internal sealed partial class FunctionTranslator
{
    private void Leave(Instruction end)
    {
        switch (end)
        {
            case BranchInstruction { Condition: null } jump:
                Jump(jump.Then, jump);
                break;
            case BranchInstruction branch:
                Branch(branch);
                break;
            case SwitchInstruction @switch:
                Switch(@switch);
                break;
            case ReturnInstruction @return:
                Return(@return);
                break;
            case UnreachableInstruction:
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Ldc_I4, SiteOf(end));
                _il.Emit(OpCodes.Call, Members.Unreachable);
                _il.Emit(OpCodes.Throw);
                break;
            default:
                throw Unknown(end.Line, end.GetType().Name);
        }
    }

    private void Branch(BranchInstruction branch)
    {
        Judge(branch.Condition!, branch);
        var isElse = _il.DefineLabel();
        Push(new IntegerType(1), branch.Condition!, branch);
        _il.Emit(OpCodes.Brfalse, isElse);
        Jump(branch.Then, branch);
        _il.MarkLabel(isElse);
        Jump(branch.Else!, branch);
    }

    private void Switch(SwitchInstruction @switch)
    {
        Judge(@switch.Value.Value, @switch);
        var scalar = ScalarOf(@switch.Value.Type, @switch);
        var edges = new List<(Label Label, string Target)>();
        foreach (var (value, target) in @switch.Cases)
        {
            var label = _il.DefineLabel();
            edges.Add((label, target));
            Push(@switch.Value, @switch);
            PushConstant(scalar, (ulong)value & scalar.Mask);
            _il.Emit(OpCodes.Beq, label);
        }

        Jump(@switch.Default, @switch);
        foreach (var (label, target) in edges)
        {
            _il.MarkLabel(label);
            Jump(target, @switch);
        }
    }

    /// <summary>
    /// Goes on in a block. Its phis take their values for this way all at once: all are pushed before the first is set.
    /// </summary>
    private void Jump(string target, Instruction at)
    {
        var phis = BlockOf(target, at).Instructions.OfType<PhiInstruction>().Where(p => p.Result is not null).ToArray();
        foreach (var phi in phis)
        {
            var value = IncomingOf(phi);
            for (var part = 0; part < Scalar.Of(_module, phi.Type, phi.Line).Length; part++)
                PushPart(phi.Type, value, part, at);
            if (IsTracked(phi))
                PushUnset(value);
        }

        foreach (var phi in phis.Reverse())
        {
            if (IsTracked(phi))
                PopUnset(phi);
            for (var part = Scalar.Of(_module, phi.Type, phi.Line).Length - 1; part >= 0; part--)
                Pop(phi, part);
        }

        if (_kernel.Mutants is not null && IsBackwards(target))
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldc_I4, SiteOf(at));
            _il.Emit(OpCodes.Call, Members.Repeat);
        }

        _il.Emit(OpCodes.Br, _labels[target]);
    }

    private IrBlock BlockOf(string label, Instruction at) =>
        _blocks.TryGetValue(label, out var block)
            ? block
            : throw Unknown(at.Line, $"the block %{label}, which has no definition,");

    private IrValue IncomingOf(PhiInstruction phi)
    {
        foreach (var (value, from) in phi.Incoming)
        {
            if (from == _block.Label)
                return value;
        }

        throw Unknown(phi.Line, $"a phi without a value for block {_block.Label}");
    }

    /// <summary>
    /// Reports a result of which nothing was set. Of C's functions LLVM does not say whether a result is a struct, of
    /// which padding need not be set.
    /// </summary>
    private void JudgeAll(IrValue value, Scalar scalar, Instruction at)
    {
        var isSet = _il.DefineLabel();
        PushUnset(value);
        _il.Emit(OpCodes.Ldc_I8, (long)scalar.Mask);
        _il.Emit(OpCodes.Bne_Un, isSet);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(at));
        _il.Emit(OpCodes.Call, Members.UseUnset);
        _il.MarkLabel(isSet);
    }

    private void Return(ReturnInstruction @return)
    {
        var returned = @return.Value is null ? [] : Scalar.Of(_module, @return.Value.Type, @return.Line);
        if (!returned.SequenceEqual(_signature.Returns))
            throw Unknown(@return.Line, "a return of another type than the function's");
        if (@return.Value is { } value)
        {
            if (_function.ReturnsWhole)
                Judge(value.Value, @return);
            else if (returned.Length == 1 && _unset.IsTracked(value.Value))
                JudgeAll(value.Value, returned[0], @return);
            if (_signature.Returns.Length == 2)
            {
                _il.Emit(OpCodes.Ldarg_0);
                PushPart(value.Type, value.Value, 1, @return);
                if (_signature.Returns[1].Width == Width.Int)
                    _il.Emit(OpCodes.Conv_U8);
                _il.Emit(OpCodes.Call, Members.SetSecond);
            }

            if (_signature.Returns.Length > 0)
                PushPart(value.Type, value.Value, 0, @return);
        }

        End();
        _il.Emit(OpCodes.Ret);
    }
}
