using System.Reflection;
using System.Reflection.Emit;
using IommuSim.Source.Execution;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>
/// Translates one function: each value of IR is a local variable of .NET, each block a label. The work of keeping
/// values on the stack and in registers is left to the JIT compiler.
/// </summary>
internal sealed partial class FunctionTranslator
{
    private readonly KernelTranslator _kernel;
    private readonly LinkedModule _module;
    private readonly IrFunction _function;
    private readonly ILGenerator _il;
    private readonly UnsetValues _unset;
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Label> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IrBlock> _blocks = new(StringComparer.Ordinal);
    private readonly StackFrame _frame;
    private readonly LocalBuilder _memory;
    private readonly LocalBuilder _depth;
    private readonly Signature _signature;
    private IrBlock _block;

    public FunctionTranslator(KernelTranslator kernel, LinkedFunction function, ILGenerator il)
    {
        _kernel = kernel;
        _module = function.Module;
        _function = function.Body!;
        _il = il;
        _block = _function.Blocks[0];
        _unset = new UnsetValues(_function);
        _frame = new StackFrame(_module, _function);
        _signature = Signature.Of(_module, _function);
        _memory = il.DeclareLocal(typeof(KernelMemory));
        _depth = il.DeclareLocal(typeof(int));
    }

    /// <summary>The changed forms of this function; none for a changed form itself.</summary>
    public IReadOnlyList<TranslatedMutant> Mutants { get; init; } = [];

    public void Translate()
    {
        GoToMutant();
        NameParameters();
        foreach (var block in _function.Blocks)
        {
            if (!_blocks.TryAdd(block.Label, block))
                throw Unknown(block.Instructions[0].Line, $"the block %{block.Label}, which is defined twice,");
            _labels.Add(block.Label, _il.DefineLabel());
            foreach (var instruction in block.Instructions)
                AtLine(instruction.Line, () => NameResult(instruction));
        }

        Begin();
        foreach (var block in _function.Blocks)
        {
            _block = block;
            _il.MarkLabel(_labels[block.Label]);
            for (var i = 0; i < block.Instructions.Length; i++)
            {
                var instruction = block.Instructions[i];
                var next = i + 1 < block.Instructions.Length ? block.Instructions[i + 1] : null;
                if (Mutants.Count > 0)
                    Visit(block, i);
                AtLine(instruction.Line, () => Translate(instruction, next));
            }
        }
    }

    /// <summary>Gives errors of types and constants, which do not know where they are used, their line.</summary>
    private void AtLine(int line, Action action)
    {
        try
        {
            action();
        }
        catch (IrException error) when (error.Line == 0)
        {
            throw new IrException(_module.Module.Path, line, error.Problem);
        }
    }

    private void NameParameters()
    {
        var index = 1;
        foreach (var parameter in _function.Parameters)
        {
            var scalars = Scalar.Of(_module, parameter.Type, _function.Line);
            if (parameter.Name is { } name)
                AddSlot(
                    name,
                    new Slot(scalars, [.. Enumerable.Range(index, scalars.Length)], [], null),
                    _function.Line
                );
            index += scalars.Length;
        }
    }

    private void NameResult(Instruction instruction)
    {
        if (instruction.Result is not { } name)
            return;
        var scalars = Scalar.Of(_module, ResultType(instruction), instruction.Line);
        if (scalars.Length == 0)
            return;
        var unset = _unset.IsTracked(name) ? _il.DeclareLocal(typeof(ulong)) : null;
        var locals = scalars.Select(s => _il.DeclareLocal(s.ClrType));
        AddSlot(name, new Slot(scalars, [], [.. locals], unset), instruction.Line);
    }

    private void AddSlot(string name, Slot slot, int line)
    {
        if (!_slots.TryAdd(name, slot))
            throw Unknown(line, $"%{name}, which is defined twice,");
    }

    private void Begin()
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Call, Members.Memory);
        _il.Emit(OpCodes.Stloc, _memory);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Call, Members.Enter);
        _il.Emit(OpCodes.Stloc, _depth);
        _frame.Begin(_il);
    }

    /// <summary>Leaves the frame; what is returned is on the stack of .NET, or will be.</summary>
    private void End()
    {
        _frame.End(_il);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldloc, _depth);
        _il.Emit(OpCodes.Call, Members.Leave);
    }

    /// <param name="next">The instruction after it in the block; null for the last.</param>
    private void Translate(Instruction instruction, Instruction? next)
    {
        switch (instruction)
        {
            case PhiInstruction or FenceInstruction:
                break;
            case BinaryInstruction binary:
                Binary(binary);
                break;
            case CompareInstruction compare:
                Compare(compare);
                break;
            case ConvertInstruction convert:
                Convert(convert);
                break;
            case SelectInstruction select:
                Select(select);
                break;
            case FreezeInstruction freeze:
                Copy(freeze.Value, freeze);
                break;
            case LoadInstruction load:
                Load(load);
                break;
            case StoreInstruction store:
                Store(store);
                break;
            case ElementInstruction element:
                Element(element);
                break;
            case AllocaInstruction alloca:
                _frame.PushAddress(_il, alloca);
                Pop(alloca, 0);
                break;
            case ExtractInstruction extract:
                Extract(extract);
                break;
            case InsertInstruction insert:
                Insert(insert);
                break;
            case AtomicUpdateInstruction update:
                AtomicUpdate(update);
                break;
            case CompareExchangeInstruction exchange:
                CompareExchange(exchange);
                break;
            case CallInstruction call:
                Call(call, next);
                break;
            case AssemblyInstruction assembly:
                Assembly(assembly);
                break;
            default:
                Leave(instruction);
                break;
        }
    }

    private IrType ResultType(Instruction instruction) =>
        instruction switch
        {
            BinaryInstruction i => i.Type,
            CompareInstruction => new IntegerType(1),
            ConvertInstruction i => i.To,
            LoadInstruction i => i.Type,
            ElementInstruction or AllocaInstruction => IrType.Pointer,
            SelectInstruction i => i.Then.Type,
            FreezeInstruction i => i.Value.Type,
            PhiInstruction i => i.Type,
            ExtractInstruction i => i.Path.Aggregate(i.Aggregate.Type, (type, field) => FieldOf(type, field)),
            InsertInstruction i => i.Aggregate.Type,
            CallInstruction i => i.ReturnType,
            AssemblyInstruction i => i.ReturnType,
            AtomicUpdateInstruction i => i.Value.Type,
            CompareExchangeInstruction i => new StructType([i.Expected.Type, new IntegerType(1)], IsPacked: false),
            _ => IrType.Void,
        };

    private IrType FieldOf(IrType type, int field) =>
        _module.Layout.Resolve(type) switch
        {
            StructType fields when field < fields.Fields.Length => fields.Fields[field],
            ArrayType array when (ulong)field < array.Count => array.Element,
            var other => throw Unknown(0, $"field {field} of {other}"),
        };

    private Scalar ScalarOf(IrType type, Instruction at)
    {
        var scalars = Scalar.Of(_module, type, at.Line);
        return scalars.Length == 1 ? scalars[0] : throw Unknown(at.Line, $"{at.GetType().Name} of more than one value");
    }

    private int SiteOf(Instruction instruction) => _kernel.Sites.SiteOf(_module.Module, _function, instruction);

    private IrException Unknown(int line, string what) => new(_module.Module.Path, line, $"{what} is not translated");

    /// <summary>Pushes a value that is one number.</summary>
    private void Push(IrType type, IrValue value, Instruction at) => PushPart(type, value, 0, at);

    private void Push(TypedValue value, Instruction at) => PushPart(value.Type, value.Value, 0, at);

    /// <summary>Pushes one of the numbers that a value is made of.</summary>
    private void PushPart(IrType type, IrValue value, int part, Instruction at)
    {
        if (value is LocalValue local)
        {
            var slot = _slots.TryGetValue(local.Name, out var known)
                ? known
                : throw Unknown(at.Line, $"%{local.Name}, which has no definition,");
            var scalars = Scalar.Of(_module, type, at.Line);
            if (part >= scalars.Length || part >= slot.Scalars.Length || scalars[part] != slot.Scalars[part])
                throw Unknown(at.Line, $"%{local.Name} as a value of another type");
            if (slot.Locals.Length > 0)
                _il.Emit(OpCodes.Ldloc, slot.Locals[part]);
            else
                _il.Emit(OpCodes.Ldarg, (short)slot.Arguments[part]);
            return;
        }

        var parts = Scalar.Of(_module, type, at.Line);
        var scalar = part < parts.Length ? parts[part] : throw Unknown(at.Line, "a value with too few parts");
        var number =
            value is AggregateValue aggregate ? PartOf(aggregate, part, at)
            : value is ZeroValue or UndefinedValue ? 0
            : _kernel.Constants.Evaluate(_module, type, value);
        PushConstant(scalar, number);
    }

    private ulong PartOf(AggregateValue aggregate, int part, Instruction at)
    {
        foreach (var (type, value) in aggregate.Elements)
        {
            var count = Scalar.Of(_module, type, at.Line).Length;
            if (part < count)
            {
                return value is AggregateValue inner ? PartOf(inner, part, at)
                    : value is ZeroValue or UndefinedValue ? 0
                    : _kernel.Constants.Evaluate(_module, type, value);
            }

            part -= count;
        }

        throw Unknown(at.Line, "a constant with too few elements");
    }

    private void PushConstant(Scalar scalar, ulong number)
    {
        if (scalar.Width == Width.Int)
            _il.Emit(OpCodes.Ldc_I4, (int)(uint)number);
        else
            _il.Emit(OpCodes.Ldc_I8, (long)number);
    }

    /// <summary>Pops one of the numbers of what an instruction makes; drops it when it has no name.</summary>
    private void Pop(Instruction instruction, int part)
    {
        if (instruction.Result is { } name)
            _il.Emit(OpCodes.Stloc, LocalOf(instruction, name, part));
        else
            _il.Emit(OpCodes.Pop);
    }

    private LocalBuilder LocalOf(Instruction instruction, string name, int part) =>
        _slots.TryGetValue(name, out var slot) && part < slot.Locals.Length
            ? slot.Locals[part]
            : throw Unknown(instruction.Line, $"%{name} with too few parts");

    /// <summary>Refuses an instruction that makes something else than its type says.</summary>
    private void CheckResult(Instruction instruction, params ReadOnlySpan<Scalar> made)
    {
        if (instruction.Result is not { } name)
            return;
        if (!_slots.TryGetValue(name, out var slot) || !made.SequenceEqual(slot.Scalars))
            throw Unknown(instruction.Line, $"%{name} as a value of another type");
    }

    /// <summary>Pushes which bits of a value were never set, as 64 bits.</summary>
    private void PushUnset(IrValue value)
    {
        if (value is LocalValue local && _slots.TryGetValue(local.Name, out var slot) && slot.Unset is { } unset)
            _il.Emit(OpCodes.Ldloc, unset);
        else
            _il.Emit(OpCodes.Ldc_I8, 0L);
    }

    private bool IsTracked(Instruction instruction) => _unset.IsTracked(instruction.Result);

    private void PopUnset(Instruction instruction) => _il.Emit(OpCodes.Stloc, _slots[instruction.Result!].Unset!);

    /// <summary>Reports a value that was never set where it decides something.</summary>
    private void Judge(IrValue value, Instruction at)
    {
        if (!_unset.IsTracked(value))
            return;
        var isSet = _il.DefineLabel();
        PushUnset(value);
        _il.Emit(OpCodes.Brfalse, isSet);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(at));
        _il.Emit(OpCodes.Call, Members.UseUnset);
        _il.MarkLabel(isSet);
    }

    private void Copy(TypedValue value, Instruction result)
    {
        CheckResult(result, Scalar.Of(_module, value.Type, result.Line));
        for (var part = 0; part < Scalar.Of(_module, value.Type, result.Line).Length; part++)
        {
            PushPart(value.Type, value.Value, part, result);
            Pop(result, part);
        }

        if (IsTracked(result))
        {
            PushUnset(value.Value);
            PopUnset(result);
        }
    }

    /// <summary>Where a value is kept: in arguments or in local variables, one a number.</summary>
    /// <param name="Unset">Which bits were never set; null where all were, or where that is judged at once.</param>
    private sealed record Slot(Scalar[] Scalars, int[] Arguments, LocalBuilder[] Locals, LocalBuilder? Unset);
}
