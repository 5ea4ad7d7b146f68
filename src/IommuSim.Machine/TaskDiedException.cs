namespace IommuSim.Machine;

/// <summary>
/// Unwinds a task that the modelled kernel killed: an oops, or a wait that never ends. Thrown only after the matching
/// report was recorded; caught only where a task enters the kernel. Modelled code has no <c>finally</c>, so the locks
/// that the task held stay held, as on the real machine.
/// </summary>
internal sealed class TaskDiedException(string message) : Exception(message);
