namespace IommuSim.Search.Fuzz;

/// <summary>Where a program has the ioctl's own struct.</summary>
public enum StructPlace
{
    Good,
    ReadOnly,
    Unmapped,
    Null,
}
