namespace IommuSim.Machine.Memory;

/// <summary>Anything that the modelled kernel allocates and frees; see <see cref="Heap"/>.</summary>
public abstract class HeapObject
{
    private KernelTask? _freeingTask;
    private string? _freeingCall;

    internal HeapObject? Previous { get; set; }

    internal HeapObject? Next { get; set; }

    /// <summary>The kernel function that allocated it; names a leak.</summary>
    public string AllocatedBy { get; internal set; } = "";

    public bool Freed => _freeingTask is not null;

    /// <summary>The function that allocated it, and the task and call that freed it, a line for each.</summary>
    internal string History
    {
        get
        {
            var allocated = AllocatedBy.Length == 0 ? "" : $"\nallocated by {AllocatedBy}";
            var call = string.IsNullOrEmpty(_freeingCall) ? "" : $" in {_freeingCall}";
            return _freeingTask is null ? allocated : $"{allocated}\nfreed by task {_freeingTask.Name}{call}";
        }
    }

    internal void NoteFreed(KernelTask task)
    {
        _freeingTask = task;
        _freeingCall = task.Call;
    }
}
