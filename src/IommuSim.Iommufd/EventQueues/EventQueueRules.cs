namespace IommuSim.Iommufd.EventQueues;

/// <summary>
/// Where kernels, and bugs of them, differ in fault and event queues. Every default is the right form, which
/// is also that of 6.12.117 and 7.3.4.
/// </summary>
public sealed record EventQueueRules
{
    public static EventQueueRules Default { get; } = new();

    /// <summary>A handler takes a group of faults off the device's pending list, and so is its only owner.</summary>
    public bool OwnsGroups { get; init; } = true;

    /// <summary>A replace answers what waits in the queue of the old hwpt, not in that of the new one.</summary>
    public bool AnswersOldQueue { get; init; } = true;

    /// <summary>A copy that faults ends the whole read, and not only the group.</summary>
    public bool LeavesReadAtFault { get; init; } = true;

    /// <summary>A group of which a part cannot be copied counts as not read at all.</summary>
    public bool CountsWholeGroups { get; init; } = true;

    /// <summary>A response code that is neither success nor invalid is refused.</summary>
    public bool ChecksResponseCode { get; init; } = true;

    /// <summary>A close reads all that it needs of the queue before it drops its reference.</summary>
    public bool ReadsContextFirst { get; init; } = true;

    /// <summary>An event whose data cannot be copied counts as not read, header and all.</summary>
    public bool RewindsHeader { get; init; } = true;

    /// <summary>A read that finds no memory says so, and does not look like one of an empty queue.</summary>
    public bool TellsFetchFailure { get; init; } = true;

    /// <summary>Events; a vEVENTQ cannot be deeper.</summary>
    public uint MaxDepth { get; init; } = 1u << 19;

    /// <summary>An abort gives the file back at once, and not when the task returns to user space.</summary>
    public bool PutsFileInAbort { get; init; } = true;
}
