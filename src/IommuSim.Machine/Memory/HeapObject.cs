namespace IommuSim.Machine.Memory;

/// <summary>Anything that the modelled kernel allocates and frees; see <see cref="Heap"/>.</summary>
public abstract class HeapObject
{
    private (KernelTask? Task, string Call) _allocated;
    private (KernelTask? Task, string Call) _freed;

    internal HeapObject? Previous { get; set; }

    internal HeapObject? Next { get; set; }

    /// <summary>The kernel function that allocated it; names a leak.</summary>
    public string AllocatedBy { get; internal set; } = "";

    public bool Freed => _freed.Task is not null;

    /// <summary>Who allocated and who freed it, a line for each that is known.</summary>
    internal string History => $"{Line("allocated", _allocated)}{Line("freed", _freed)}";

    internal void NoteAllocated(KernelTask task) => _allocated = (task, task.Call);

    internal void NoteFreed(KernelTask task) => _freed = (task, task.Call);

    private static string Line(string what, (KernelTask? Task, string Call) by)
    {
        if (by.Task is null)
            return "";
        return by.Call.Length == 0
            ? $"\n{what} by task {by.Task.Name}"
            : $"\n{what} by task {by.Task.Name} in {by.Call}";
    }
}
