using System.Reflection.Emit;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>The variables of a function that have an address, with red zones between them.</summary>
internal sealed class StackFrame
{
    private const ulong RedZone = 32;
    private const ulong MaxSize = 1 << 24;

    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);
    private readonly HashSet<string> _withLifetime = new(StringComparer.Ordinal);
    private readonly ulong _size;
    private LocalBuilder? _address;

    public StackFrame(LinkedModule module, IrFunction function)
    {
        ulong next = 0;
        foreach (var instruction in function.Blocks.SelectMany(b => b.Instructions))
        {
            if (instruction is CallInstruction { Callee: GlobalValue callee } call && IsLifetimeStart(callee.Name))
                NoteLifetime(call);
            if (instruction is not AllocaInstruction { Result: { } name } alloca)
                continue;
            var count = alloca.Count switch
            {
                null => 1UL,
                { Value: IntegerValue number } => (ulong)number.Value,
                _ => throw new IrException(
                    module.Module.Path,
                    alloca.Line,
                    "a variable whose size is known at run time only is not translated"
                ),
            };
            if (Math.BigMul(module.Layout.SizeOf(alloca.Type), count, out var size) != 0 || size > MaxSize)
                throw new IrException(module.Module.Path, alloca.Line, "a variable too large for a stack");
            var alignment = Math.Max(RedZone, alloca.Alignment);
            var offset = (next + RedZone + alignment - 1) & ~(alignment - 1);
            if (!_variables.TryAdd(name, new Variable(offset, size)))
                throw new IrException(module.Module.Path, alloca.Line, $"%{name} is defined twice");
            next = offset + size;
            if (next > MaxSize)
                throw new IrException(module.Module.Path, alloca.Line, "variables too large for a stack");
        }

        _size = _variables.Count == 0 ? 0 : next + RedZone;
        // Further arguments are put on the stack too, and given back with the frame.
        IsEmpty = _size == 0 && !function.IsVariadic;
    }

    public bool IsEmpty { get; }

    /// <summary>Bytes of the variable that this name is; 0 for another value.</summary>
    public ulong SizeOf(string name) => _variables.GetValueOrDefault(name)?.Size ?? 0;

    public void Begin(ILGenerator il)
    {
        if (IsEmpty)
            return;
        _address = il.DeclareLocal(typeof(ulong));
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, checked((int)_size));
        il.Emit(OpCodes.Call, Members.EnterFrame);
        il.Emit(OpCodes.Stloc, _address);
        foreach (var (name, variable) in _variables)
        {
            if (_withLifetime.Contains(name))
                continue;
            il.Emit(OpCodes.Ldarg_0);
            PushAddress(il, variable);
            il.Emit(OpCodes.Ldc_I8, (long)variable.Size);
            il.Emit(OpCodes.Call, Members.BeginVariable);
        }
    }

    public void End(ILGenerator il)
    {
        if (IsEmpty)
            return;
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, _address!);
        il.Emit(OpCodes.Call, Members.LeaveFrame);
    }

    public void PushAddress(ILGenerator il, AllocaInstruction alloca) => PushAddress(il, _variables[alloca.Result!]);

    private void PushAddress(ILGenerator il, Variable variable)
    {
        il.Emit(OpCodes.Ldloc, _address!);
        il.Emit(OpCodes.Ldc_I8, (long)variable.Offset);
        il.Emit(OpCodes.Add);
    }

    private void NoteLifetime(CallInstruction call)
    {
        if (call.Arguments[^1].Value is LocalValue local)
            _withLifetime.Add(local.Name);
    }

    private static bool IsLifetimeStart(string name) =>
        name.StartsWith("llvm.lifetime.start", StringComparison.Ordinal);

    private sealed record Variable(ulong Offset, ulong Size);
}
