using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>One system call of an operation, ready to be made again and again.</summary>
public abstract class OperationStep
{
    /// <summary>Makes the call; answers what user space sees.</summary>
    public abstract Errno Run();
}
