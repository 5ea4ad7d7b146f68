using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>Calls of translated functions, of provided ones, and through pointers.</summary>
internal sealed partial class FunctionTranslator
{
    private void Call(CallInstruction call, Instruction? next)
    {
        if (call.Callee is GlobalValue { Name: var name })
        {
            if (name.StartsWith("llvm.", StringComparison.Ordinal))
            {
                Intrinsic(call, name);
                return;
            }

            if (_kernel.Program.FunctionOf(_module, name) is { } function)
            {
                CallDirect(call, function, next);
                return;
            }
        }

        CallThroughPointer(call);
    }

    private void CallDirect(CallInstruction call, LinkedFunction function, Instruction? next)
    {
        if (function.Body is null && function.Provided is null)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldstr, function.Name);
            _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
            _il.Emit(OpCodes.Call, Members.NotProvided);
            _il.Emit(OpCodes.Throw);
            return;
        }

        var signature = Signature.Of(_module, call.ReturnType, FixedTypes(call), call.IsVariadic, call.Line);
        var target = _kernel.MethodOf(function);
        if (function.Body is not null && signature.Shape != Signature.Of(function.Module, function.Body).Shape)
        {
            CallThroughPointer(call);
            return;
        }

        if (function.Provided is not null)
            CheckProvided(function, signature, call);
        if (IsTailCall(call, function, next))
        {
            CallAndEnd(call, target);
            return;
        }

        NoteCall(call);
        _il.Emit(OpCodes.Ldarg_0);
        PushArguments(call);
        _il.Emit(OpCodes.Call, target);
        PopResult(call, signature);
    }

    /// <summary>
    /// The function's last act is the call, and nothing of its own is needed after it: its frame is given back first,
    /// so that functions that go on in each other need no stack. Calls of provided functions stay, because they ask who
    /// calls.
    /// </summary>
    private bool IsTailCall(CallInstruction call, LinkedFunction function, Instruction? next) =>
        call.IsTail
        && function.Body is not null
        && _frame.IsEmpty
        && IsReturnOf(call, next)
        && _signature.ReturnType == Signature.Of(function.Module, function.Body).ReturnType
        && _signature.Returns.Length < 2;

    /// <summary>
    /// Whether the function ends with what the call returned: at once, or in a block that all its ends have in common.
    /// </summary>
    private bool IsReturnOf(CallInstruction call, Instruction? next)
    {
        if (next is ReturnInstruction @return)
            return @return.Value is null || IsResultOf(call, @return.Value.Value);
        if (next is not BranchInstruction { Condition: null, Then: var target })
            return false;
        var block = BlockOf(target, next).Instructions;
        if (block[^1] is not ReturnInstruction end || !block[..^1].All(i => i is PhiInstruction))
            return false;
        if (end.Value is null)
            return true;
        var phi = block.OfType<PhiInstruction>().FirstOrDefault(p => IsResultOf(p, end.Value.Value));
        return phi is not null && IsResultOf(call, IncomingOf(phi));
    }

    private static bool IsResultOf(Instruction instruction, IrValue value) =>
        value is LocalValue local && local.Name == instruction.Result;

    private void CallAndEnd(CallInstruction call, MethodInfo target)
    {
        JudgeArguments(call);
        End();
        _il.Emit(OpCodes.Ldarg_0);
        PushArguments(call);
        _il.Emit(OpCodes.Tailcall);
        _il.Emit(OpCodes.Call, target);
        _il.Emit(OpCodes.Ret);
        // What follows is the return, which is never reached; it needs the result on the stack of no path.
    }

    private void CallThroughPointer(CallInstruction call)
    {
        var signature = Signature.Of(_module, call.ReturnType, FixedTypes(call), call.IsVariadic, call.Line);
        Judge(call.Callee, call);
        NoteCall(call);
        _il.Emit(OpCodes.Ldarg_0);
        PushArguments(call);
        _il.Emit(OpCodes.Ldarg_0);
        Push(IrType.Pointer, call.Callee, call);
        _il.Emit(OpCodes.Ldc_I4, _kernel.ShapeNumber(signature));
        _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
        _il.Emit(OpCodes.Call, Members.Resolve);
        _il.EmitCalli(
            OpCodes.Calli,
            CallingConventions.Standard,
            signature.ReturnType,
            signature.ParameterTypes,
            optionalParameterTypes: null
        );
        PopResult(call, signature);
    }

    private void NoteCall(CallInstruction call)
    {
        JudgeArguments(call);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldloc, _depth);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
        _il.Emit(OpCodes.Call, Members.Calls);
    }

    private void JudgeArguments(CallInstruction call)
    {
        foreach (var argument in call.Arguments.Where(argument => UnsetValues.IsJudged(call, argument)))
            Judge(argument.Value, call);
    }

    private static IEnumerable<IrType> FixedTypes(CallInstruction call) =>
        (call.IsVariadic ? call.Arguments.Take(call.FixedArguments) : call.Arguments).Select(a => a.Type);

    private void PushArguments(CallInstruction call)
    {
        var count = call.IsVariadic ? call.FixedArguments : call.Arguments.Length;
        foreach (var argument in call.Arguments.Take(count))
        {
            for (var part = 0; part < Scalar.Of(_module, argument.Type, call.Line).Length; part++)
                PushPart(argument.Type, argument.Value, part, call);
        }

        if (call.IsVariadic)
            PushFurther([.. call.Arguments.Skip(count)], call);
    }

    private void PushFurther(ImmutableArray<TypedValue> arguments, CallInstruction call)
    {
        _il.Emit(OpCodes.Ldc_I4, arguments.Length);
        _il.Emit(OpCodes.Newarr, typeof(ulong));
        for (var i = 0; i < arguments.Length; i++)
        {
            _il.Emit(OpCodes.Dup);
            _il.Emit(OpCodes.Ldc_I4, i);
            PushWide(arguments[i].Type, arguments[i].Value, call);
            _il.Emit(OpCodes.Stelem_I8);
        }
    }

    private void PopResult(CallInstruction call, Signature signature)
    {
        if (signature.Returns.Length == 0)
            return;
        if (signature.Returns.Length == 2 && call.Result is not null)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Call, Members.GetSecond);
            if (signature.Returns[1].Width == Width.Int)
                _il.Emit(OpCodes.Conv_I4);
            Pop(call, 1);
        }

        Pop(call, 0);
    }

    /// <summary>What stands behind a function must take what C passes.</summary>
    private void CheckProvided(LinkedFunction function, Signature signature, CallInstruction call)
    {
        var method = function.Provided!;
        var provided = method.GetParameters().Skip(1).Select(p => p.ParameterType).ToArray();
        var expected = signature.ParameterTypes[1..];
        var fits =
            provided.Length == expected.Length
            && provided.Zip(expected).All(pair => IsSameWidth(pair.First, pair.Second))
            && IsSameWidth(method.ReturnType, signature.ReturnType);
        if (!fits)
        {
            throw new IrException(
                _module.Module.Path,
                call.Line,
                $"{function.Name}() is called as ({string.Join(", ", expected.Select(t => t.Name))}) -> "
                    + $"{signature.ReturnType.Name}, but {method.DeclaringType!.Name}.{method.Name} behind it is "
                    + $"({string.Join(", ", provided.Select(t => t.Name))}) -> {method.ReturnType.Name}"
            );
        }
    }

    private static bool IsSameWidth(Type provided, Type expected) =>
        provided == expected
        || (
            expected == typeof(int)
            && (provided == typeof(uint) || provided == typeof(bool) || provided == typeof(byte))
        )
        || (expected == typeof(int) && (provided == typeof(ushort) || provided == typeof(short)))
        || (expected == typeof(long) && provided == typeof(ulong));
}
