using IommuSim.Source.Ir;

namespace IommuSim.Source.Linking;

/// <summary>What constants are worth in a linked program.</summary>
internal sealed class Constants(LinkedProgram program)
{
    /// <summary>A constant of an integer or pointer type, as its low 64 bits.</summary>
    public ulong Evaluate(LinkedModule module, IrType type, IrValue value) =>
        value switch
        {
            IntegerValue integer => Masked(module, type, (ulong)integer.Value),
            ZeroValue or UndefinedValue => 0,
            GlobalValue global => program.AddressOf(module, global.Name),
            AddressOfElement element => Evaluate(module, IrType.Pointer, element.Base) + OffsetOf(module, element),
            ConvertedValue converted => Convert(module, converted),
            ComputedValue computed => Masked(module, computed.Type, Compute(module, computed)),
            _ => throw new IrException(module.Module.Path, 0, $"{value.GetType().Name} is not a number"),
        };

    /// <summary>Writes an initial value into memory that is all 0.</summary>
    public void Write(LinkedModule module, IrType type, IrValue value, Span<byte> destination)
    {
        if (value is ZeroValue or UndefinedValue)
            return;
        if (module.Layout.SizeOf(type) > (ulong)destination.Length)
            throw new IrException(module.Module.Path, 0, $"a value of {type} is larger than its place");
        switch (value)
        {
            case BytesValue bytes when bytes.Bytes.Length <= destination.Length:
                bytes.Bytes.CopyTo(destination);
                return;
            case AggregateValue aggregate:
                WriteElements(module, type, aggregate, destination);
                return;
            case IntegerValue integer:
                for (var i = 0; i < module.Layout.AccessSizeOf(type); i++)
                    destination[i] = (byte)(integer.Value >> (i * 8));
                return;
        }

        var number = Evaluate(module, type, value);
        for (var i = 0; i < module.Layout.AccessSizeOf(type); i++, number >>= 8)
            destination[i] = (byte)number;
    }

    private void WriteElements(LinkedModule module, IrType type, AggregateValue value, Span<byte> destination)
    {
        var layout = module.Layout;
        var resolved = layout.Resolve(type);
        for (var i = 0; i < value.Elements.Length; i++)
        {
            var (elementType, element) = value.Elements[i];
            var offset = resolved is StructType fields
                ? layout.OffsetOf(fields, i)
                : (ulong)i * layout.SizeOf(elementType);
            if (offset > (ulong)destination.Length)
                throw new IrException(module.Module.Path, 0, $"a value of {type} has too many elements");
            Write(module, elementType, element, destination[(int)offset..]);
        }
    }

    /// <summary>The bytes between an address and the element that constant indices name.</summary>
    private ulong OffsetOf(LinkedModule module, AddressOfElement element)
    {
        var type = element.Source;
        ulong offset = 0;
        for (var i = 0; i < element.Indices.Length; i++)
        {
            var index = SignedIndex(module, element.Indices[i]);
            if (i == 0)
            {
                offset = (ulong)(index * (long)module.Layout.SizeOf(type));
                continue;
            }

            (type, var step) = Step(module, type, index);
            offset += step;
        }

        return offset;
    }

    /// <summary>One index into a struct or array: the element's type and how far in it is.</summary>
    internal static (IrType Type, ulong Offset) Step(LinkedModule module, IrType type, long index)
    {
        var layout = module.Layout;
        switch (layout.Resolve(type))
        {
            case StructType fields:
                var field = (int)Math.Clamp(index, int.MinValue, int.MaxValue);
                var offset = layout.OffsetOf(fields, field);
                return (fields.Fields[field], offset);
            case ArrayType array:
                return (array.Element, (ulong)(index * (long)layout.SizeOf(array.Element)));
            case var other:
                throw new IrException(module.Module.Path, 0, $"an index into {other}");
        }
    }

    private long SignedIndex(LinkedModule module, TypedValue index)
    {
        var value = Evaluate(module, index.Type, index.Value);
        var bits = module.Layout.Resolve(index.Type) is IntegerType integer ? integer.Bits : 64;
        return (long)(value << (64 - bits)) >> (64 - bits);
    }

    private ulong Convert(LinkedModule module, ConvertedValue converted)
    {
        var value = Evaluate(module, converted.Value.Type, converted.Value.Value);
        if (converted.Conversion == Conversion.SExt && module.Layout.Resolve(converted.Value.Type) is IntegerType from)
            value = (ulong)((long)(value << (64 - from.Bits)) >> (64 - from.Bits));
        return Masked(module, converted.To, value);
    }

    private ulong Compute(LinkedModule module, ComputedValue computed)
    {
        var left = Evaluate(module, computed.Type, computed.Left);
        var right = Evaluate(module, computed.Type, computed.Right);
        return computed.Operator switch
        {
            BinaryOperator.Add => left + right,
            BinaryOperator.Sub => left - right,
            BinaryOperator.Mul => left * right,
            BinaryOperator.And => left & right,
            BinaryOperator.Or => left | right,
            BinaryOperator.Xor => left ^ right,
            BinaryOperator.Shl => left << (int)right,
            BinaryOperator.LShr => left >> (int)right,
            _ => throw new IrException(module.Module.Path, 0, $"constant {computed.Operator} is not known"),
        };
    }

    private static ulong Masked(LinkedModule module, IrType type, ulong value) =>
        module.Layout.Resolve(type) is IntegerType { Bits: < 64 } integer ? value & ((1UL << integer.Bits) - 1) : value;
}
