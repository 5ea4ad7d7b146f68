using IommuSim.Uapi;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// A uAPI struct as one kernel's header lays it out, filled by field name, so that one program can
/// speak to kernels whose fields moved or changed their names.
/// </summary>
internal sealed class UserStruct
{
    private readonly StructLayoutTable _layout;

    public UserStruct(Type type)
    {
        _layout = StructLayoutTable.Of(type);
        Bytes = new byte[_layout.Size];
    }

    public byte[] Bytes { get; }

    public bool Has(string name) => _layout.Find(name) is not null;

    /// <summary>
    /// Sets the first of the names that this layout has; nothing where it has none.
    /// </summary>
    public UserStruct Set(ulong value, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_layout.Find(name) is not { IsScalar: true } field)
                continue;
            BitConverter.GetBytes(value).AsSpan(0, field.Size).CopyTo(Bytes.AsSpan(field.Offset));
            break;
        }

        return this;
    }

    public ulong Get(string name)
    {
        if (_layout.Find(name) is not { IsScalar: true } field)
            throw new ArgumentException($"{_layout.CName} has no number {name}", nameof(name));
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        Bytes.AsSpan(field.Offset, field.Size).CopyTo(wide);
        return BitConverter.ToUInt64(wide);
    }
}
