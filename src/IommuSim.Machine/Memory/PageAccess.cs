namespace IommuSim.Machine.Memory;

/// <summary>What user space and the kernel on its behalf may do with a page.</summary>
public enum PageAccess : byte
{
    /// <summary>Nothing: every access faults.</summary>
    Absent,

    /// <summary>Reads; a write faults.</summary>
    ReadOnly,

    /// <summary>Reads and writes.</summary>
    ReadWrite,
}
