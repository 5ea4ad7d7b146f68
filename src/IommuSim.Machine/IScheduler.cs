using IommuSim.Machine.Memory;

namespace IommuSim.Machine;

/// <summary>How a step of modelled code touches what it touches; two reads of one thing commute.</summary>
internal enum Touch
{
    Read,
    Write,
}

/// <summary>
/// Decides which of several tasks runs. Tasks change over only here, before a step that others could see;
/// a straight run has no scheduler.
/// </summary>
internal interface IScheduler
{
    /// <summary>
    /// The running task is about to touch <paramref name="resource"/>, and <paramref name="obj"/> in it; returns
    /// when it may.
    /// </summary>
    void Reach(object resource, Touch touch, string site, HeapObject? obj);

    /// <summary>
    /// The running task cannot go on as long as <paramref name="resource"/> is taken. True when it may try
    /// again, false when no task is left that could release it.
    /// </summary>
    bool Wait(object resource, string site);

    /// <summary>
    /// A thread of the kernel's own begins, which may run from now on. False where the scheduler has no room for one
    /// more; then nothing begins.
    /// </summary>
    /// <param name="resource">What its first step touches.</param>
    /// <param name="body">All that it does; enters and leaves the kernel itself.</param>
    bool TryStart(KernelTask task, object resource, string site, Action body);

    /// <summary>The running task released <paramref name="resource"/>: the tasks that wait may try again.</summary>
    void Released(object resource);
}
