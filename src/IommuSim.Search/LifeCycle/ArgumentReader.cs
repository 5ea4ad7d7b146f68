using IommuSim.Search.Fuzz;

namespace IommuSim.Search.LifeCycle;

/// <summary>The struct as the kernel reads it: what user space does not have is 0.</summary>
internal readonly ref struct ArgumentReader(PreparedCall made, ReadOnlySpan<byte> argument)
{
    private readonly ReadOnlySpan<byte> _argument = argument;

    public bool Has(string name) => made.Plan!.Fields.ContainsKey(name);

    public uint Field(string name) => (uint)Wide(name);

    public ulong Wide(string name)
    {
        if (!made.Plan!.Fields.TryGetValue(name, out var field) || !field.IsScalar)
            return 0;
        ulong value = 0;
        for (var i = 0; i < field.Size; i++)
        {
            if ((ulong)(field.Offset + i) < made.UserSize)
                value |= (ulong)_argument[field.Offset + i] << (8 * i);
        }

        return value;
    }
}
