namespace IommuSim.Iommufd.Files;

/// <summary>What mmap(2) is asked for, as far as a file looks at it.</summary>
[Flags]
public enum MmapProtection
{
    None = 0,
    Execute = 1,
    Shared = 2,
}
