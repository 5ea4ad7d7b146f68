using System.Globalization;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// The part of a scenario that a step stands in: the set-up, the tasks from 0 on, or what comes after them.
/// </summary>
public static class StepBlock
{
    public const int Setup = -1;
    public const int Finally = -2;

    /// <summary>More tasks have more schedules than anybody can wait for.</summary>
    public const int MaxTasks = 4;

    internal const string FinallyLabel = "finally";

    /// <summary>P0, P1, ..., finally: what can begin a block.</summary>
    internal static readonly IReadOnlyList<string> Labels =
    [
        .. Enumerable.Range(0, MaxTasks).Select(NameOf),
        FinallyLabel,
    ];

    /// <summary>As the scenario writes it in front of the colon.</summary>
    public static string NameOf(int block) =>
        block switch
        {
            Setup => "the set-up",
            Finally => FinallyLabel,
            _ => string.Create(CultureInfo.InvariantCulture, $"P{block}"),
        };

    public static bool IsTask(int block) => block >= 0;

    internal static int? Find(string label) =>
        label == FinallyLabel ? Finally
        : Labels.ToList().IndexOf(label) is >= 0 and var task ? task
        : null;
}
