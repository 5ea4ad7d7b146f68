using System.Buffers.Binary;

namespace IommuSim.Uapi;

/// <summary>
/// The bytes of a uAPI struct as one kernel's header lays it out, with its fields by any of their C names, so that
/// one program can speak to kernels whose fields moved or changed their names.
/// </summary>
/// <param name="type">The C# struct.</param>
/// <param name="size">Bytes; those behind the struct's are zero.</param>
public class UserStruct(Type type, int size)
{
    private readonly StructLayoutTable _layout = StructLayoutTable.Of(type);

    /// <summary>All bytes are zero; as many as the struct has.</summary>
    public UserStruct(Type type)
        : this(type, StructLayoutTable.Of(type).Size) { }

    /// <summary>The bytes, which a call reads and writes.</summary>
    public byte[] Bytes { get; protected set; } = new byte[size];

    /// <summary>
    /// A field of at most 8 bytes, extended to 64 bits; setting one that the struct does not have does nothing.
    /// </summary>
    public ulong this[string field]
    {
        get
        {
            Span<byte> wide = stackalloc byte[sizeof(ulong)];
            Place(Must(field)).CopyTo(wide);
            return BinaryPrimitives.ReadUInt64LittleEndian(wide);
        }
        set
        {
            if (Find(field) is not { } found)
                return;
            Span<byte> wide = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
            wide[..found.Size].CopyTo(Place(found));
        }
    }

    /// <summary>Whether the struct has the field, by any of its names.</summary>
    public bool Has(string field) => Find(field) is not null;

    /// <summary>Bytes from the start of the struct to the field.</summary>
    public ulong OffsetOf(string field) => (ulong)Must(field).Offset;

    private Span<byte> Place(StructField field) => Bytes.AsSpan(field.Offset, field.Size);

    private StructField Must(string field) =>
        Find(field) ?? throw new ArgumentException($"struct {_layout.CName} has no field {field}", nameof(field));

    private StructField? Find(string field) => FieldNames.Find(_layout, field);
}
