namespace IommuSim.Machine.Memory;

/// <summary>What user space and the kernel on its behalf may do with a page.</summary>
public enum PageAccess : byte
{
    Absent,
    ReadOnly,
    ReadWrite,
}
