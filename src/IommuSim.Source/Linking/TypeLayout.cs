using IommuSim.Source.Ir;

namespace IommuSim.Source.Linking;

/// <summary>Sizes and offsets of one module's types, in bytes, as the ABI of x86-64 has them.</summary>
internal sealed class TypeLayout(IrModule module)
{
    private const ulong PointerSize = 8;
    private const ulong MaxSize = 1 << 29;
    private const int DeepestNesting = 256;

    private readonly Dictionary<StructType, ulong[]> _offsets = [];
    private int _depth;

    /// <summary>The struct behind a name; other types are themselves.</summary>
    public IrType Resolve(IrType type)
    {
        for (var names = 0; type is NamedType named; names++)
        {
            if (names == DeepestNesting)
                throw new IrException(module.Path, 0, $"the type %{named.Name} is itself");
            type =
                module.Types.GetValueOrDefault(named.Name)
                ?? throw new IrException(module.Path, 0, $"the type %{named.Name} has no fields");
        }

        return type;
    }

    /// <summary>Bytes from one element of an array to the next.</summary>
    public ulong SizeOf(IrType type)
    {
        if (++_depth > DeepestNesting)
            throw new IrException(module.Path, 0, $"{type} contains itself");
        var size = SizeOfResolved(Resolve(type));
        _depth--;
        return size <= MaxSize ? size : throw new IrException(module.Path, 0, $"{type} is too large");
    }

    private ulong SizeOfResolved(IrType type) =>
        type switch
        {
            IntegerType integer => RoundUp(BytesOf(integer), AlignmentOf(integer)),
            PointerType => PointerSize,
            ArrayType array => Math.BigMul(array.Count, SizeOf(array.Element), out var size) == 0
                ? size
                : ulong.MaxValue,
            StructType { Fields.IsEmpty: true } => 0,
            StructType fields => RoundUp(EndOf(fields), AlignmentOf(fields)),
            var other => throw new IrException(module.Path, 0, $"a {other.GetType().Name} has no size"),
        };

    /// <summary>Bytes that a load or store of the type touches.</summary>
    public int AccessSizeOf(IrType type) =>
        Resolve(type) is IntegerType integer ? (int)BytesOf(integer) : (int)SizeOf(type);

    public ulong AlignmentOf(IrType type)
    {
        if (++_depth > DeepestNesting)
            throw new IrException(module.Path, 0, $"{type} contains itself");
        var alignment = AlignmentOfResolved(Resolve(type));
        _depth--;
        return alignment;
    }

    private ulong AlignmentOfResolved(IrType type) =>
        type switch
        {
            IntegerType integer => NextPowerOfTwo(BytesOf(integer)),
            ArrayType array => AlignmentOf(array.Element),
            StructType { IsPacked: true } => 1,
            StructType fields => fields.Fields.Select(AlignmentOf).DefaultIfEmpty(1UL).Max(),
            _ => PointerSize,
        };

    /// <summary>Bytes from the start of the struct to this field.</summary>
    public ulong OffsetOf(StructType type, int field) =>
        field >= 0 && field < type.Fields.Length
            ? OffsetsOf(type)[field]
            : throw new IrException(module.Path, 0, $"a struct has no field {field}");

    private ulong EndOf(StructType type) => OffsetsOf(type)[^1] + SizeOf(type.Fields[^1]);

    private ulong[] OffsetsOf(StructType type)
    {
        if (_offsets.TryGetValue(type, out var known))
            return known;
        var offsets = new ulong[type.Fields.Length];
        ulong end = 0;
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = type.IsPacked ? end : RoundUp(end, AlignmentOf(type.Fields[i]));
            end = offsets[i] + SizeOf(type.Fields[i]);
        }

        _offsets.Add(type, offsets);
        return offsets;
    }

    private static ulong BytesOf(IntegerType type) => (ulong)(type.Bits + 7) / 8;

    private static ulong NextPowerOfTwo(ulong bytes) => System.Numerics.BitOperations.RoundUpToPowerOf2(bytes);

    private static ulong RoundUp(ulong value, ulong alignment) => (value + alignment - 1) & ~(alignment - 1);
}
