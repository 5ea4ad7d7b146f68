namespace IommuSim.Bench;

/// <summary>One lookup to make.</summary>
public unsafe struct LookupCall
{
    public LookupDevice* Device;

    /// <summary>The table of the core, for the designs that have one.</summary>
    public ulong* Table;

    public uint Type;

    /// <summary>Entries of the table.</summary>
    public uint Length;
}
