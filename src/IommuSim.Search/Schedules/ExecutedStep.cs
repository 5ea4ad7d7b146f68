namespace IommuSim.Search.Schedules;

/// <summary>One line of a recorded schedule.</summary>
/// <param name="Task">Who did it.</param>
/// <param name="Kind">What kind of line it is.</param>
/// <param name="Text">A kernel function, a call, its result, or the title of a report.</param>
public readonly record struct ExecutedStep(int Task, ExecutedKind Kind, string Text);

/// <summary>What a line of a recorded schedule tells.</summary>
public enum ExecutedKind
{
    /// <summary>A kernel function touched something that others can see.</summary>
    Touch,

    /// <summary>The task makes a call.</summary>
    Call,

    /// <summary>The call came back.</summary>
    Result,

    /// <summary>A checker of the kernel spoke.</summary>
    Report,

    /// <summary>The task waits.</summary>
    Wait,
}
