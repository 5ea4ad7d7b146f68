namespace IommuSim.Machine.Locks;

/// <summary>A lock that a task holds.</summary>
/// <param name="Lock">Which.</param>
/// <param name="Site">The kernel function that took it.</param>
internal record struct HeldLock(KernelLock Lock, string Site)
{
    public readonly LockClass Class => Lock.Class;

    /// <summary>The classes of the locks that the task held before.</summary>
    internal ulong ClassesBefore { get; set; }
}

/// <summary>What a task can hold: a mutex or a semaphore.</summary>
internal abstract class KernelLock(LockClass lockClass)
{
    public LockClass Class { get; } = lockClass;
}
