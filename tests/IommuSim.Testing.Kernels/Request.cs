using System.Buffers.Binary;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Testing.Kernels;

/// <summary>
/// The argument of one ioctl as bytes, with its fields by C name. Fields that changed their name between
/// series answer to all of their names.
/// </summary>
public sealed class Request
{
    private static readonly string[][] s_sameField =
    [
        ["data_type", "hwpt_type"],
        ["data_uptr", "data_ptr", "reqs_uptr"],
        ["data_len", "entry_len", "req_len"],
        ["entry_num", "req_num"],
        ["out_data_type", "out_device_type"],
        ["out_hwpt_type_bitmap", "out_pgtbl_type_bitmap"],
    ];

    private readonly StructLayoutTable _layout;

    public Request(IoctlRow row, Type layout)
    {
        _layout = StructLayoutTable.Of(layout);
        Nr = row.Nr;
        Bytes = new byte[row.Size];
        this["size"] = (ulong)row.Size;
    }

    public uint Nr { get; }

    public byte[] Bytes { get; private set; }

    /// <summary>
    /// A field, extended to 64 bits; writing one that the struct does not have does nothing.
    /// </summary>
    public ulong this[string field]
    {
        get =>
            FieldOf(field) is { } found ? Read(found) : throw new ArgumentException($"no field {field}", nameof(field));
        set
        {
            if (FieldOf(field) is not { } found)
                return;
            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            bytes[..found.Size].CopyTo(Bytes.AsSpan(found.Offset));
        }
    }

    /// <summary>Where the field begins in the struct, in bytes.</summary>
    public ulong OffsetOf(string field) =>
        FieldOf(field) is { } found
            ? (ulong)found.Offset
            : throw new ArgumentException($"no field {field}", nameof(field));

    public bool Has(string field) => FieldOf(field) is not null;

    public uint Id(string field) => (uint)this[field];

    public Request With(string field, ulong value)
    {
        this[field] = value;
        return this;
    }

    /// <summary>Appends bytes and counts them in the size.</summary>
    public Request WithTail(params byte[] tail)
    {
        Bytes = [.. Bytes, .. tail];
        this["size"] = (ulong)Bytes.Length;
        return this;
    }

    private ulong Read(StructField field)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Bytes.AsSpan(field.Offset, field.Size).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private StructField? FieldOf(string name)
    {
        if (_layout.Find(name) is { } found)
            return found;
        foreach (var names in s_sameField)
        {
            if (!names.Contains(name, StringComparer.Ordinal))
                continue;
            foreach (var other in names)
            {
                if (_layout.Find(other) is { } same)
                    return same;
            }
        }

        return null;
    }
}
