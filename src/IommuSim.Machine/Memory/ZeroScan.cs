namespace IommuSim.Machine.Memory;

/// <summary>What a scan of user memory for a non-zero byte found first.</summary>
public enum ZeroScan
{
    AllZero,
    NonZero,
    Fault,
}
