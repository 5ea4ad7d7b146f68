namespace IommuSim.Search.Schedules;

/// <summary>Answers which task runs next, wherever more than one could.</summary>
public interface ISchedule
{
    /// <summary>
    /// One of the tasks in <paramref name="enabled"/>, a bit for each. <paramref name="current"/> is the task
    /// that runs now, or -1 when it cannot go on.
    /// </summary>
    int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps);

    /// <summary>The step that runs now let go of what others may wait for.</summary>
    void Released(object resource) { }
}
