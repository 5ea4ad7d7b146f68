namespace IommuSim.Source.Execution;

/// <summary>Why eight bytes, or the last of them, must not be touched.</summary>
internal enum Poison : byte
{
    /// <summary>All eight may be. 1 to 7: so many of the first may be.</summary>
    None = 0,

    StackRedZone = 0xf1,
    OutOfScope = 0xf8,
    GlobalRedZone = 0xf9,
    HeapRedZone = 0xfa,
    Freed = 0xfb,

    /// <summary>Nothing was ever there.</summary>
    Wild = 0xff,
}
