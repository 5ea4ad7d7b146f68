namespace IommuSim.Machine.Memory;

/// <summary>Anything that the modelled kernel allocates and frees; see <see cref="Heap"/>.</summary>
internal abstract class HeapObject
{
    /// <summary><see cref="Slot"/> of an object that was never allocated: part of the kernel's image.</summary>
    private const int Nowhere = -1;

    private const int FreedSlot = -2;

    /// <summary>The function that allocated it, a string; of a freed object a <see cref="FreedBy"/>.</summary>
    private object _history = "";

    /// <summary>Where the heap has it.</summary>
    internal int Slot { get; set; } = Nowhere;

    /// <summary>The kernel function that allocated it; names a leak.</summary>
    public string AllocatedBy => _history as string ?? ((FreedBy)_history).AllocatedBy;

    public bool Freed => Slot == FreedSlot;

    /// <summary>The function that allocated it, and the task and call that freed it, a line for each.</summary>
    internal string History
    {
        get
        {
            var allocated = AllocatedBy.Length == 0 ? "" : $"\nallocated by {AllocatedBy}";
            return allocated + FreeingTask;
        }
    }

    /// <summary>The task and call that freed it, in a line of its own; empty while it lives.</summary>
    protected string FreeingTask
    {
        get
        {
            if (_history is not FreedBy freed)
                return "";
            var call = string.IsNullOrEmpty(freed.Call) ? "" : $" in {freed.Call}";
            return $"\nfreed by task {freed.Task.Name}{call}";
        }
    }

    internal void NoteAllocated(string function, int slot)
    {
        _history = function;
        Slot = slot;
    }

    internal void NoteFreed(KernelTask task)
    {
        _history = task.Frees(AllocatedBy);
        Slot = FreedSlot;
    }
}

/// <summary>What is known of a freed object. Objects that a task freed alike share one of these.</summary>
/// <param name="AllocatedBy">The function that allocated it.</param>
/// <param name="Task">Who freed it.</param>
/// <param name="Call">In which call.</param>
internal sealed record FreedBy(string AllocatedBy, KernelTask Task, string Call);
