using System.Reflection;
using System.Reflection.Emit;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>The functions that LLVM knows by name.</summary>
internal sealed partial class FunctionTranslator
{
    private void Intrinsic(CallInstruction call, string name)
    {
        var parts = name.Split('.');
        foreach (var argument in call.Arguments)
            Judge(argument.Value, call);
        switch (parts[1])
        {
            case "prefetch" when LockAssertion.Of(call) is { } assertion:
                _il.Emit(OpCodes.Ldarg_0);
                Push(IrType.Pointer, call.Arguments[0].Value, call);
                _il.Emit(OpCodes.Ldc_I4, (int)assertion);
                _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
                _il.Emit(OpCodes.Call, Members.AssertHeld);
                return;
            case "assume" or "experimental" or "donothing" or "sideeffect" or "prefetch" or "dbg" or "va_end":
                return;
            case "lifetime" when parts.Length > 2 && call.Arguments.Length > 0:
                Lifetime(call, isStart: parts[2] == "start");
                return;
            case "memset" or "memcpy" or "memmove" when call.Arguments.Length > 2:
                MemoryIntrinsic(call, isFill: parts[1] == "memset");
                return;
            case "expect" when call.Arguments.Length > 0:
                Copy(call.Arguments[0], call);
                return;
            case "is" when parts is [_, "is", "constant", ..]:
                PushConstant(ScalarOf(call.ReturnType, call), 0);
                Pop(call, 0);
                return;
            case "objectsize":
                ObjectSize(call);
                return;
            case "returnaddress" or "frameaddress":
                CheckResult(call, new Scalar(Scalar.PointerBits));
                _il.Emit(OpCodes.Ldc_I8, 0L);
                Pop(call, 0);
                return;
            case "va_start" when call.Arguments.Length > 0 && _signature.IsVariadic:
                StartVariableArguments(call);
                return;
            case "va_copy" when call.Arguments.Length > 1:
                CopyVariableArguments(call);
                return;
            case "trap" or "debugtrap" or "ubsantrap":
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
                _il.Emit(OpCodes.Call, Members.Unreachable);
                _il.Emit(OpCodes.Throw);
                return;
        }

        if (parts.Length > 2 && parts[2] == "with")
            Overflow(call, parts[1]);
        else if (parts.Length > 2 && parts[2] == "sat")
            Number(call, parts[1] + "Sat");
        else
            Number(call, parts[1]);
    }

    /// <summary>An intrinsic that makes a number of numbers: a method of <see cref="Intrinsics"/>.</summary>
    private void Number(CallInstruction call, string name)
    {
        var method = MethodOf(call, name);
        var scalar = ScalarOf(call.ReturnType, call);
        foreach (var argument in call.Arguments)
            PushWide(argument.Type, argument.Value, call);
        var isComparison = name is "ucmp" or "scmp";
        _il.Emit(OpCodes.Ldc_I4, isComparison ? ScalarOf(call.Arguments[0].Type, call).Bits : scalar.Bits);
        _il.Emit(OpCodes.Call, method);
        Narrow(scalar);
        Pop(call, 0);
    }

    /// <summary>The method behind an intrinsic; it takes the width too, perhaps a place for a result.</summary>
    private MethodInfo MethodOf(CallInstruction call, string name, int furtherParameters = 1) =>
        Members.Intrinsic(name) is { } method
        && method.GetParameters().Length == call.Arguments.Length + furtherParameters
            ? method
            : throw Unknown(call.Line, $"the intrinsic {((GlobalValue)call.Callee).Name}");

    /// <summary>Not known: the most, or the least where the least is asked for.</summary>
    private void ObjectSize(CallInstruction call)
    {
        var asksForLeast = call.Arguments is [_, { Value: IntegerValue { Value: var flag } }, ..] && flag != 0;
        PushConstant(ScalarOf(call.ReturnType, call), asksForLeast ? 0 : ulong.MaxValue);
        Pop(call, 0);
    }

    private void Overflow(CallInstruction call, string name)
    {
        var method = MethodOf(call, name + "Overflow", furtherParameters: 2);
        var scalar = ScalarOf(call.Arguments[0].Type, call);
        CheckResult(call, scalar, new Scalar(1));
        var overflows = _il.DeclareLocal(typeof(bool));
        PushWide(call.Arguments[0].Type, call.Arguments[0].Value, call);
        PushWide(call.Arguments[1].Type, call.Arguments[1].Value, call);
        _il.Emit(OpCodes.Ldc_I4, scalar.Bits);
        _il.Emit(OpCodes.Ldloca, overflows);
        _il.Emit(OpCodes.Call, method);
        Narrow(scalar);
        Pop(call, 0);
        if (call.Result is null)
            return;
        _il.Emit(OpCodes.Ldloc, overflows);
        Pop(call, 1);
    }

    private void StartVariableArguments(CallInstruction call)
    {
        _il.Emit(OpCodes.Ldarg_0);
        Push(IrType.Pointer, call.Arguments[0].Value, call);
        _il.Emit(OpCodes.Ldarg, (short)(_signature.Parameters.Length + 1));
        _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
        _il.Emit(OpCodes.Call, Members.StartVariableArguments);
    }

    private void CopyVariableArguments(CallInstruction call)
    {
        const long SizeOfList = 24;
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, call.Arguments[0].Value, call);
        Push(IrType.Pointer, call.Arguments[1].Value, call);
        _il.Emit(OpCodes.Ldc_I8, SizeOfList);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
        _il.Emit(OpCodes.Call, Members.Move);
    }

    private void Lifetime(CallInstruction call, bool isStart)
    {
        var variable = call.Arguments[^1].Value;
        if (variable is not LocalValue local || _frame.SizeOf(local.Name) == 0)
            return;
        _il.Emit(OpCodes.Ldarg_0);
        Push(IrType.Pointer, variable, call);
        _il.Emit(OpCodes.Ldc_I8, (long)_frame.SizeOf(local.Name));
        _il.Emit(OpCodes.Call, isStart ? Members.BeginVariable : Members.EndVariable);
    }

    private void MemoryIntrinsic(CallInstruction call, bool isFill)
    {
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, call.Arguments[0].Value, call);
        Push(isFill ? new IntegerType(8) : IrType.Pointer, call.Arguments[1].Value, call);
        PushWide(call.Arguments[2].Type, call.Arguments[2].Value, call);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(call));
        _il.Emit(OpCodes.Call, isFill ? Members.Fill : Members.Move);
    }
}
