namespace IommuSim.Machine.Locks;

/// <summary>The first time that a lock of one class was taken while one of another was held.</summary>
/// <param name="Held">The class that was held.</param>
/// <param name="HeldSite">The kernel function that had taken it.</param>
/// <param name="Taken">The class that was taken.</param>
/// <param name="TakenSite">The kernel function that took it.</param>
/// <param name="Task">The task that did.</param>
internal sealed record LockEdge(LockClass Held, string HeldSite, LockClass Taken, string TakenSite, string Task);
