using System.Reflection.Emit;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Translation;

/// <summary>
/// Inline assembly of x86: the few forms that the kernel's headers use, each known by its first line. Where the
/// template says <c>lock</c> the access is one step, as all are: tasks change over before it.
/// </summary>
internal sealed partial class FunctionTranslator
{
    private void Assembly(AssemblyInstruction assembly)
    {
        foreach (var argument in assembly.Arguments)
            Judge(argument.Value, assembly);
        var words = assembly.Template.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var isLocked = words is ["lock", ..] or ["lock;", ..];
        var operation = words.Length == 0 ? "" : words[isLocked ? 1 : 0];
        if (!TryTranslate(assembly, operation, words))
            throw Unknown(assembly.Line, $"the assembly \"{assembly.Template}\", \"{assembly.Constraints}\"");
        if (assembly.FallThrough is { } next)
            Jump(next, assembly);
    }

    private bool TryTranslate(AssemblyInstruction assembly, string operation, string[] words)
    {
        switch (operation)
        {
            case { Length: > 2 } when NeedsMemory(operation) && !IsOfMemory(assembly):
                return false;
            case "" or "#":
                return TryCopyThrough(assembly);
            case "rep;" when words is ["rep;", "bsf" or "bsfl" or "bsfq", ..]:
                return ScanBits(assembly, "tzcnt");
            case "rep;" when words is ["rep;", "nop"]:
                return assembly.ReturnType is VoidType;
            case "mfence" or "lfence" or "sfence" or "pause" or "nop":
                return assembly.ReturnType is VoidType;
            case "xaddl" or "xaddq":
                return ExchangeAdd(assembly, SizeOf(operation));
            case "cmpxchgl" or "cmpxchgq":
                return AssemblyCompareExchange(assembly, SizeOf(operation));
            case "incl" or "incq" or "decl" or "decq":
                return AddToMemory(
                    assembly,
                    operation.StartsWith("inc", StringComparison.Ordinal),
                    SizeOf(operation),
                    one: true
                );
            case "addl" or "addq" or "subl" or "subq":
                return AddToMemory(
                    assembly,
                    operation.StartsWith("add", StringComparison.Ordinal),
                    SizeOf(operation),
                    one: false
                );
            case "btq" or "btsq" or "btrq" or "btcq" or "btl" or "btsl" or "btrl" or "btcl":
                return TestBit(assembly, operation);
            case "tzcnt" or "tzcntq" or "tzcntl" or "bsfq" or "bsfl" or "bsf" or "bsrq" or "bsrl" or "bsr":
                return ScanBits(assembly, operation);
            case "rep":
                return words is ["rep", "stosq" or "stosb" or "stosl"] && FillMemory(assembly, words[1]);
            default:
                return false;
        }
    }

    private static bool NeedsMemory(string operation) =>
        operation[..2] is "xa" or "cm" or "in" or "de" or "ad" or "su" or "bt";

    /// <summary>Whether the first argument is the address of an operand, not a number in a register.</summary>
    private static bool IsOfMemory(AssemblyInstruction assembly) =>
        assembly.Arguments is [{ Type: PointerType }, ..]
        && assembly.Constraints.Split(',').FirstOrDefault(c => c.Contains('*') || !c.StartsWith('=')) is { } first
        && first.Contains('*');

    private static int SizeOf(string operation) => operation[^1] == 'q' ? 8 : 4;

    /// <summary>No instruction at all: a barrier for the compiler, or a value hidden from it.</summary>
    private bool TryCopyThrough(AssemblyInstruction assembly)
    {
        if (assembly.ReturnType is VoidType)
            return true;
        if (assembly.Constraints.Split(',') is not ["=r", "0", ..] || assembly.Arguments.Length == 0)
            return false;
        CheckResult(assembly, Scalar.Of(_module, assembly.Arguments[0].Type, assembly.Line));
        Push(assembly.Arguments[0], assembly);
        Pop(assembly, 0);
        return true;
    }

    private bool ExchangeAdd(AssemblyInstruction assembly, int size)
    {
        if (assembly.Arguments.Length < 2)
            return false;
        var scalar = new Scalar(size * 8);
        CheckResult(assembly, scalar);
        var old = _il.DeclareLocal(scalar.ClrType);
        LoadOld(assembly.Arguments[0].Value, scalar, assembly, old);
        BeginStore(assembly);
        _il.Emit(OpCodes.Ldloc, old);
        PushAs(scalar, assembly.Arguments[1], assembly);
        _il.Emit(OpCodes.Add);
        EndStore(assembly, size);
        _il.Emit(OpCodes.Ldloc, old);
        Pop(assembly, 0);
        return true;
    }

    private bool AssemblyCompareExchange(AssemblyInstruction assembly, int size)
    {
        var isKnown = assembly.Constraints.StartsWith("={@ccz},=*m,={ax},r,*m,", StringComparison.Ordinal);
        if (!isKnown || assembly.Arguments.Length < 4)
            return false;
        var scalar = new Scalar(size * 8);
        CheckResult(assembly, new Scalar(8), scalar);
        var old = _il.DeclareLocal(scalar.ClrType);
        var differs = _il.DefineLabel();
        LoadOld(assembly.Arguments[0].Value, scalar, assembly, old);
        _il.Emit(OpCodes.Ldloc, old);
        PushAs(scalar, assembly.Arguments[3], assembly);
        _il.Emit(OpCodes.Bne_Un, differs);
        BeginStore(assembly);
        PushAs(scalar, assembly.Arguments[1], assembly);
        EndStore(assembly, size);
        _il.MarkLabel(differs);
        if (assembly.Result is null)
            return true;
        _il.Emit(OpCodes.Ldloc, old);
        PushAs(scalar, assembly.Arguments[3], assembly);
        _il.Emit(OpCodes.Ceq);
        Pop(assembly, 0);
        _il.Emit(OpCodes.Ldloc, old);
        Pop(assembly, 1);
        return true;
    }

    /// <summary>Adds or subtracts; where a flag is asked for, it is whether 0 is left.</summary>
    private bool AddToMemory(AssemblyInstruction assembly, bool isAdd, int size, bool one)
    {
        var constraints = assembly.Constraints.Split(',');
        var hasFlag = constraints.Any(c => c is "={@cce}" or "={@ccz}");
        if (assembly.ReturnType is not VoidType && !hasFlag || !one && assembly.Arguments.Length < 2)
            return false;
        if (hasFlag)
            CheckResult(assembly, new Scalar(8));
        var scalar = new Scalar(size * 8);
        var value = _il.DeclareLocal(scalar.ClrType);
        LoadOld(assembly.Arguments[0].Value, scalar, assembly, value);
        _il.Emit(OpCodes.Ldloc, value);
        if (one)
            PushConstant(scalar, 1);
        else
            PushAs(scalar, assembly.Arguments[1], assembly);
        _il.Emit(isAdd ? OpCodes.Add : OpCodes.Sub);
        _il.Emit(OpCodes.Stloc, value);
        BeginStore(assembly);
        _il.Emit(OpCodes.Ldloc, value);
        EndStore(assembly, size);
        if (!hasFlag)
            return true;
        _il.Emit(OpCodes.Ldloc, value);
        PushConstant(scalar, 0);
        _il.Emit(OpCodes.Ceq);
        Pop(assembly, 0);
        return true;
    }

    /// <summary>bt, bts, btr and btc of a bit in memory, counted from the address; the bit is the carry flag.</summary>
    private bool TestBit(AssemblyInstruction assembly, string operation)
    {
        var hasFlag = assembly.Constraints.Contains("={@ccc}", StringComparison.Ordinal);
        if (assembly.ReturnType is not VoidType && !hasFlag || assembly.Arguments.Length < 2)
            return false;
        if (hasFlag)
            CheckResult(assembly, new Scalar(8));
        var bit = assembly.Arguments[1];
        var result = _il.DeclareLocal(typeof(int));
        // The address names the whole bitmap: two tasks that reach for one bit have the same one.
        ReachMemory(assembly.Arguments[0].Value, isWrite: operation[2] is not ('q' or 'l'), assembly);
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, assembly.Arguments[0].Value, assembly);
        Push(bit, assembly);
        if (ScalarOf(bit.Type, assembly).Width == Width.Int)
            _il.Emit(OpCodes.Conv_I8);
        _il.Emit(OpCodes.Ldc_I4, operation[2] is 'q' or 'l' ? ' ' : operation[2]);
        _il.Emit(OpCodes.Ldc_I4, SizeOf(operation));
        _il.Emit(OpCodes.Ldc_I4, SiteOf(assembly));
        _il.Emit(OpCodes.Call, typeof(AssemblyForms).GetMethod(nameof(AssemblyForms.TestBit))!);
        _il.Emit(OpCodes.Stloc, result);
        if (!hasFlag)
            return true;
        _il.Emit(OpCodes.Ldloc, result);
        Pop(assembly, 0);
        return true;
    }

    private bool ScanBits(AssemblyInstruction assembly, string operation)
    {
        if (assembly.Arguments is not [{ Type: IntegerType }, ..])
            return false;
        var scalar = ScalarOf(assembly.ReturnType, assembly);
        var source = ScalarOf(assembly.Arguments[0].Type, assembly);
        PushWide(assembly.Arguments[0].Type, assembly.Arguments[0].Value, assembly);
        // With 0 in the source the destination stays as it was; tzcnt gives the width.
        if (assembly.Arguments.Length > 1)
            PushWide(assembly.Arguments[1].Type, assembly.Arguments[1].Value, assembly);
        else
            _il.Emit(OpCodes.Ldc_I8, (long)source.Bits);
        var isReverse = operation.StartsWith("bsr", StringComparison.Ordinal);
        _il.Emit(
            OpCodes.Call,
            typeof(AssemblyForms).GetMethod(
                isReverse ? nameof(AssemblyForms.ScanReverse) : nameof(AssemblyForms.ScanForward)
            )!
        );
        Narrow(scalar);
        Pop(assembly, 0);
        return true;
    }

    private bool FillMemory(AssemblyInstruction assembly, string operation)
    {
        var isKnown = assembly.Constraints.StartsWith("={di},={cx},{ax},0,1,", StringComparison.Ordinal);
        if (!isKnown || assembly.Arguments.Length < 3)
            return false;
        CheckResult(assembly, new Scalar(64), new Scalar(64));
        var size = operation[^1] switch
        {
            'q' => 8,
            'l' => 4,
            _ => 1,
        };
        _il.Emit(OpCodes.Ldloc, _memory);
        PushWide(assembly.Arguments[1].Type, assembly.Arguments[1].Value, assembly);
        PushWide(assembly.Arguments[0].Type, assembly.Arguments[0].Value, assembly);
        PushWide(assembly.Arguments[2].Type, assembly.Arguments[2].Value, assembly);
        _il.Emit(OpCodes.Ldc_I4, size);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(assembly));
        _il.Emit(OpCodes.Call, typeof(AssemblyForms).GetMethod(nameof(AssemblyForms.FillUnits))!);
        Pop(assembly, 0);
        if (assembly.Result is not null)
        {
            PushConstant(_slots[assembly.Result].Scalars[1], 0);
            Pop(assembly, 1);
        }

        return true;
    }

    private void PushAs(Scalar scalar, TypedValue value, Instruction at)
    {
        var from = ScalarOf(value.Type, at);
        Push(value, at);
        if (from.Width == scalar.Width)
            return;
        if (scalar.Width == Width.Long)
            ExtendSign(from);
        _il.Emit(scalar.Width == Width.Long ? OpCodes.Conv_I8 : OpCodes.Conv_I4);
    }

    /// <summary>Begins a store to the first argument's address; the value comes next.</summary>
    private void BeginStore(AssemblyInstruction assembly)
    {
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(assembly.Arguments[0], assembly);
    }

    private void EndStore(Instruction at, int size)
    {
        _il.Emit(OpCodes.Ldc_I4, SiteOf(at));
        _il.Emit(OpCodes.Call, Members.Store(size));
    }
}
