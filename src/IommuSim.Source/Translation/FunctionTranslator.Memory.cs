using System.Reflection.Emit;
using IommuSim.Source.Ir;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>Loads, stores, addresses, and values of several numbers.</summary>
internal sealed partial class FunctionTranslator
{
    private void Load(LoadInstruction load)
    {
        Judge(load.Address, load);
        if (load.IsVolatile)
            ReachMemory(load.Address, isWrite: false, load);
        if (IsAggregate(load.Type))
        {
            LoadParts(load);
            return;
        }

        var scalar = ScalarOf(load.Type, load);
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, load.Address, load);
        if (IsTracked(load))
        {
            LoadTracked(load, scalar);
            return;
        }

        if (!IsPlain(scalar))
            _il.Emit(OpCodes.Ldc_I4, scalar.Bytes);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(load));
        _il.Emit(OpCodes.Call, IsPlain(scalar) ? Members.Load(scalar.Bytes) : Members.LoadOdd);
        if (!IsPlain(scalar))
            Narrow(scalar);
        Pop(load, 0);
    }

    private void LoadTracked(LoadInstruction load, Scalar scalar)
    {
        _il.Emit(OpCodes.Ldc_I4, scalar.Bytes);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(load));
        _il.Emit(OpCodes.Ldloca, _slots[load.Result!].Unset!);
        _il.Emit(OpCodes.Call, Members.LoadTracked);
        Narrow(scalar);
        Pop(load, 0);
    }

    private void Store(StoreInstruction store)
    {
        Judge(store.Address, store);
        if (store.IsVolatile)
            ReachMemory(store.Address, isWrite: true, store);
        if (IsAggregate(store.Value.Type))
        {
            StoreParts(store);
            return;
        }

        var scalar = ScalarOf(store.Value.Type, store);
        var isTracked = _unset.IsTracked(store.Value.Value);
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, store.Address, store);
        if (IsPlain(scalar) && !isTracked)
        {
            Push(store.Value, store);
            _il.Emit(OpCodes.Ldc_I4, SiteOf(store));
            _il.Emit(OpCodes.Call, Members.Store(scalar.Bytes));
            return;
        }

        PushWide(store.Value.Type, store.Value.Value, store);
        _il.Emit(OpCodes.Ldc_I4, scalar.Bytes);
        PushUnset(store.Value.Value);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(store));
        _il.Emit(OpCodes.Call, Members.StoreTracked);
    }

    private bool IsAggregate(IrType type) => _module.Layout.Resolve(type) is StructType or ArrayType;

    /// <summary>
    /// A struct that is kept in registers. What of it was never set is not judged: padding is part of such a word.
    /// </summary>
    private void LoadParts(LoadInstruction load)
    {
        var unset = _il.DeclareLocal(typeof(ulong));
        foreach (var (part, scalar, offset) in PlacesOf(load.Type, load))
        {
            PushPlace(load.Address, offset, load);
            _il.Emit(OpCodes.Ldc_I4, scalar.Bytes);
            _il.Emit(OpCodes.Ldc_I4, SiteOf(load));
            _il.Emit(OpCodes.Ldloca, unset);
            _il.Emit(OpCodes.Call, Members.LoadTracked);
            Narrow(scalar);
            Pop(load, part);
        }
    }

    private void StoreParts(StoreInstruction store)
    {
        foreach (var (part, scalar, offset) in PlacesOf(store.Value.Type, store))
        {
            PushPlace(store.Address, offset, store);
            PushPart(store.Value.Type, store.Value.Value, part, store);
            if (scalar.Width == Width.Int)
                _il.Emit(OpCodes.Conv_U8);
            _il.Emit(OpCodes.Ldc_I4, scalar.Bytes);
            _il.Emit(OpCodes.Ldc_I8, 0L);
            _il.Emit(OpCodes.Ldc_I4, SiteOf(store));
            _il.Emit(OpCodes.Call, Members.StoreTracked);
        }
    }

    private void PushPlace(IrValue address, ulong offset, Instruction at)
    {
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, address, at);
        _il.Emit(OpCodes.Ldc_I8, (long)offset);
        _il.Emit(OpCodes.Add);
    }

    /// <summary>The numbers that a value in memory is made of, and how far from its start they are.</summary>
    private IEnumerable<(int Part, Scalar Scalar, ulong Offset)> PlacesOf(IrType type, Instruction at)
    {
        var scalars = Scalar.Of(_module, type, at.Line);
        return OffsetsOf(type, 0).Select((offset, part) => (part, scalars[part], offset));
    }

    private IEnumerable<ulong> OffsetsOf(IrType type, ulong start) =>
        _module.Layout.Resolve(type) switch
        {
            StructType fields => fields.Fields.SelectMany(
                (field, i) => OffsetsOf(field, start + _module.Layout.OffsetOf(fields, i))
            ),
            ArrayType array => Enumerable
                .Range(0, (int)array.Count)
                .SelectMany(i => OffsetsOf(array.Element, start + (ulong)i * _module.Layout.SizeOf(array.Element))),
            _ => [start],
        };

    /// <summary>8, 16, 32 and 64 bits have loads and stores of their own.</summary>
    private static bool IsPlain(Scalar scalar) => scalar.Bits is 8 or 16 or 32 or 64;

    /// <summary>Makes a number of this type of 64 bits on the stack.</summary>
    private void Narrow(Scalar scalar)
    {
        if (scalar.Width == Width.Int)
            _il.Emit(OpCodes.Conv_I4);
        if (scalar.Bits != 32)
            MaskTo(scalar);
    }

    private void Element(ElementInstruction element)
    {
        Push(IrType.Pointer, element.Base, element);
        var type = element.Source;
        ulong offset = 0;
        for (var i = 0; i < element.Indices.Length; i++)
        {
            var index = element.Indices[i];
            if (ConstantIndex(index) is { } number)
            {
                if (i == 0)
                {
                    offset += (ulong)(number * (long)_module.Layout.SizeOf(type));
                    continue;
                }

                (type, var step) = Constants.Step(_module, type, number);
                offset += step;
                continue;
            }

            if (i > 0)
                type = FieldOf(type, 0);
            AddIndex(index, _module.Layout.SizeOf(type), element);
        }

        if (offset != 0)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)offset);
            _il.Emit(OpCodes.Add);
        }

        Pop(element, 0);
        if (IsTracked(element))
            ElementUnset(element);
    }

    private long? ConstantIndex(TypedValue index)
    {
        if (index.Value is LocalValue)
            return null;
        var bits = _module.Layout.Resolve(index.Type) is IntegerType integer ? integer.Bits : Scalar.PointerBits;
        var value = _kernel.Constants.Evaluate(_module, index.Type, index.Value);
        return (long)(value << (64 - bits)) >> (64 - bits);
    }

    private void AddIndex(TypedValue index, ulong size, ElementInstruction element)
    {
        var scalar = ScalarOf(index.Type, element);
        Push(index, element);
        ExtendSign(scalar);
        if (scalar.Width == Width.Int)
            _il.Emit(OpCodes.Conv_I8);
        if (size != 1)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)size);
            _il.Emit(OpCodes.Mul);
        }

        _il.Emit(OpCodes.Add);
    }

    private void ElementUnset(ElementInstruction element)
    {
        PushUnset(element.Base);
        foreach (var index in element.Indices.Where(i => _unset.IsTracked(i.Value)))
        {
            PushUnset(index.Value);
            _il.Emit(OpCodes.Or);
        }

        _il.Emit(OpCodes.Ldc_I8, 0L);
        _il.Emit(OpCodes.Ldc_I8, -1L);
        _il.Emit(OpCodes.Call, Members.UnsetAll);
        PopUnset(element);
    }

    private void Extract(ExtractInstruction extract)
    {
        var (first, type) = Locate(extract.Aggregate.Type, extract.Path, extract);
        for (var part = 0; part < Scalar.Of(_module, type, extract.Line).Length; part++)
        {
            PushPart(extract.Aggregate.Type, extract.Aggregate.Value, first + part, extract);
            Pop(extract, part);
        }
    }

    private void Insert(InsertInstruction insert)
    {
        var (first, type) = Locate(insert.Aggregate.Type, insert.Path, insert);
        var inserted = Scalar.Of(_module, insert.Element.Type, insert.Line);
        if (!inserted.SequenceEqual(Scalar.Of(_module, type, insert.Line)))
            throw Unknown(insert.Line, "an insertion of another type than the field's");
        var count = inserted.Length;
        for (var part = 0; part < Scalar.Of(_module, insert.Aggregate.Type, insert.Line).Length; part++)
        {
            if (part >= first && part < first + count)
                PushPart(insert.Element.Type, insert.Element.Value, part - first, insert);
            else
                PushPart(insert.Aggregate.Type, insert.Aggregate.Value, part, insert);
            Pop(insert, part);
        }
    }

    /// <summary>The first of the numbers of a field in those of the whole, and the field's type.</summary>
    private (int First, IrType Type) Locate(IrType type, IEnumerable<int> path, Instruction at)
    {
        var first = 0;
        foreach (var field in path)
        {
            for (var i = 0; i < field; i++)
                first += Scalar.Of(_module, FieldOf(type, i), at.Line).Length;
            type = FieldOf(type, field);
        }

        return (first, type);
    }

    /// <summary>Reads, changes and writes in one step: tasks change over before it.</summary>
    private void AtomicUpdate(AtomicUpdateInstruction update)
    {
        var scalar = ScalarOf(update.Value.Type, update);
        var old = _il.DeclareLocal(scalar.ClrType);
        Judge(update.Address, update);
        Judge(update.Value.Value, update);
        LoadOld(update.Address, scalar, update, old);
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, update.Address, update);
        PushUpdated(update, scalar, old);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(update));
        _il.Emit(OpCodes.Call, Members.Store(scalar.Bytes));
        _il.Emit(OpCodes.Ldloc, old);
        Pop(update, 0);
    }

    private void PushUpdated(AtomicUpdateInstruction update, Scalar scalar, LocalBuilder old)
    {
        if (update.Operation == "xchg")
        {
            Push(update.Value, update);
            return;
        }

        _il.Emit(OpCodes.Ldloc, old);
        if (update.Operation is "min" or "max" or "umin" or "umax")
        {
            if (scalar.Width == Width.Int)
                _il.Emit(OpCodes.Conv_U8);
            PushWide(update.Value.Type, update.Value.Value, update);
            _il.Emit(OpCodes.Ldc_I4, scalar.Bits);
            var name = update.Operation[0] == 'u' ? update.Operation : "s" + update.Operation;
            _il.Emit(OpCodes.Call, Members.Intrinsic(name)!);
            Narrow(scalar);
            return;
        }

        Push(update.Value, update);
        _il.Emit(
            update.Operation switch
            {
                "add" => OpCodes.Add,
                "sub" => OpCodes.Sub,
                "and" or "nand" => OpCodes.And,
                "or" => OpCodes.Or,
                "xor" => OpCodes.Xor,
                var other => throw Unknown(update.Line, $"atomicrmw {other}"),
            }
        );
        if (update.Operation == "nand")
            _il.Emit(OpCodes.Not);
    }

    /// <summary>Another task may run before this access.</summary>
    private void ReachMemory(IrValue address, bool isWrite, Instruction at)
    {
        _il.Emit(OpCodes.Ldarg_0);
        Push(IrType.Pointer, address, at);
        _il.Emit(isWrite ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(at));
        _il.Emit(OpCodes.Call, Members.ReachMemory);
    }

    /// <summary>Begins an atomic access: the value before it goes to a variable.</summary>
    private void LoadOld(IrValue address, Scalar scalar, Instruction at, LocalBuilder old)
    {
        if (!IsPlain(scalar))
            throw Unknown(at.Line, $"an atomic access of {scalar.Bits} bits");
        ReachMemory(address, isWrite: true, at);
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, address, at);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(at));
        _il.Emit(OpCodes.Call, Members.Load(scalar.Bytes));
        _il.Emit(OpCodes.Stloc, old);
    }

    private void CompareExchange(CompareExchangeInstruction exchange)
    {
        var scalar = ScalarOf(exchange.Expected.Type, exchange);
        var old = _il.DeclareLocal(scalar.ClrType);
        var differs = _il.DefineLabel();
        Judge(exchange.Address, exchange);
        Judge(exchange.Expected.Value, exchange);
        Judge(exchange.Replacement, exchange);
        LoadOld(exchange.Address, scalar, exchange, old);
        _il.Emit(OpCodes.Ldloc, old);
        Push(exchange.Expected, exchange);
        _il.Emit(OpCodes.Bne_Un, differs);
        _il.Emit(OpCodes.Ldloc, _memory);
        Push(IrType.Pointer, exchange.Address, exchange);
        Push(exchange.Expected.Type, exchange.Replacement, exchange);
        _il.Emit(OpCodes.Ldc_I4, SiteOf(exchange));
        _il.Emit(OpCodes.Call, Members.Store(scalar.Bytes));
        _il.MarkLabel(differs);
        if (exchange.Result is null)
            return;
        _il.Emit(OpCodes.Ldloc, old);
        Push(exchange.Expected, exchange);
        _il.Emit(OpCodes.Ceq);
        Pop(exchange, 1);
        _il.Emit(OpCodes.Ldloc, old);
        Pop(exchange, 0);
    }
}
