namespace IommuSim.Machine.Memory;

/// <summary>Anything that the modelled kernel allocates and frees; see <see cref="Heap"/>.</summary>
public abstract class HeapObject
{
    internal HeapObject? Previous { get; set; }

    internal HeapObject? Next { get; set; }

    /// <summary>The kernel function that allocated it; names a leak.</summary>
    public string AllocatedBy { get; internal set; } = "";

    public bool Freed { get; internal set; }
}
