namespace IommuSim.Bridge;

/// <summary>
/// The descriptor numbers that programs get for event queues. They lie apart so that the filter can tell
/// their reads and writes from all others by the number alone.
/// </summary>
internal static class QueueNumbers
{
    public const int First = 900;

    /// <summary>The first number behind them; below the usual limit of 1024 open files.</summary>
    public const int End = 1000;
}
