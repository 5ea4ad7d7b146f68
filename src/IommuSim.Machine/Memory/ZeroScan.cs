namespace IommuSim.Machine.Memory;

/// <summary>What a scan of user memory for a non-zero byte found first.</summary>
public enum ZeroScan
{
    /// <summary>All bytes are 0.</summary>
    AllZero,

    /// <summary>A byte is not 0.</summary>
    NonZero,

    /// <summary>A byte cannot be read, and all before it are 0.</summary>
    Fault,
}
