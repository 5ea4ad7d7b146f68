using IommuSim.Uapi;

namespace IommuSim.Iommu.Syscalls;

/// <summary>The outcome of a system call: an errno, or the death of the task inside the kernel.</summary>
/// <param name="Errno">OK, or the errno that user space sees; meaningless when the task died.</param>
/// <param name="Killed">The task died in the kernel.</param>
public readonly record struct SyscallResult(Errno Errno, bool Killed)
{
    private const ulong KilledBit = 1UL << 32;

    /// <summary>
    /// Errno and death in one word: a result of two words is returned in registers, and never put together in memory.
    /// </summary>
    private readonly ulong _outcome = OutcomeOf(Errno, Killed);

    /// <summary>OK, or the errno that user space sees; meaningless when the task died.</summary>
    public Errno Errno
    {
        get => (Errno)(uint)_outcome;
        init => _outcome = OutcomeOf(value, Killed);
    }

    /// <summary>The task died in the kernel.</summary>
    public bool Killed
    {
        get => (_outcome & KilledBit) != 0;
        init => _outcome = OutcomeOf(Errno, value);
    }

    /// <summary>What a successful call returns; 0 for most.</summary>
    public long Value { get; init; }

    /// <summary>The call returned, and no errno.</summary>
    public bool Succeeded => Errno == Errno.OK && !Killed;

    /// <summary>What user space sees of an errno of the kernel: ENOTTY for ENOIOCTLCMD.</summary>
    public static SyscallResult Of(Errno errno) => new(errno == Errno.ENOIOCTLCMD ? Errno.ENOTTY : errno, false);

    /// <summary>The task died in the kernel.</summary>
    public static SyscallResult Died => new(Errno.OK, Killed: true);

    /// <summary>The errno, <c>OK</c> or <c>killed</c>.</summary>
    public override string ToString() => Killed ? "killed" : Errno.ToString();

    private static ulong OutcomeOf(Errno errno, bool killed) => (uint)errno | (killed ? KilledBit : 0);
}
