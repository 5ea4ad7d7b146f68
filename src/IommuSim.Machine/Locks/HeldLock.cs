namespace IommuSim.Machine.Locks;

/// <summary>A lock that a task holds.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Instance">The lock itself.</param>
/// <param name="Site">The kernel function that took it.</param>
public readonly record struct HeldLock(LockClass Class, object Instance, string Site);
