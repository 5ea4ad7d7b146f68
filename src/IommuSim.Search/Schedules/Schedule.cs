using System.Globalization;
using System.Numerics;
using System.Text;
using IommuSim.Machine;

namespace IommuSim.Search.Schedules;

/// <summary>Chooses the task that runs next, wherever more than one could.</summary>
internal interface ISchedule
{
    /// <summary>
    /// One of the tasks in <paramref name="enabled"/>, a bit for each. <paramref name="current"/> is the task
    /// that runs now, or -1 when it cannot go on.
    /// </summary>
    int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps);

    /// <summary>The step that runs now let go of what others may wait for.</summary>
    void Released(object resource) { }
}

/// <summary>What a task touches when it runs next; null before its first step.</summary>
internal readonly record struct PendingStep(object? Resource, Touch Touch, string Site)
{
    /// <summary>Whether the order of the two steps can matter.</summary>
    public bool DependsOn(in PendingStep other) =>
        Resource is not null
        && ReferenceEquals(Resource, other.Resource)
        && (Touch == Touch.Write || other.Touch == Touch.Write);
}

/// <summary>A schedule drawn from a seed: stays with the running task most of the time.</summary>
internal sealed class RandomSchedule(ulong seed) : ISchedule
{
    /// <summary>One step in this many interrupts the running task.</summary>
    private const uint InterruptEvery = 6;

    private SplitMix _random = new(seed);

    public int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps)
    {
        if (current >= 0 && _random.Below(InterruptEvery) != 0)
            return current;
        var skip = _random.Below((uint)BitOperations.PopCount((uint)enabled));
        var rest = enabled;
        for (; skip > 0; skip--)
            rest &= rest - 1;
        return BitOperations.TrailingZeroCount(rest);
    }
}

/// <summary>
/// Replays a schedule from its string, <c>s:TASK*STEPS,TASK,...</c>: who ran wherever more than one could.
/// Past its end the current task goes on. <c>@PLACE+PLACE</c> behind it says that data races were looked for, and at
/// which places of the kernel's C tasks could be switched away from because of them.
/// </summary>
internal sealed class RecordedSchedule(IReadOnlyList<byte> choices) : ISchedule
{
    private int _next;

    /// <summary>The places behind the @; null where there is none.</summary>
    public IReadOnlyList<int>? Points { get; private init; }

    public int Next(int enabled, int current, ReadOnlySpan<PendingStep> steps)
    {
        if (BitOperations.IsPow2(enabled))
            return BitOperations.TrailingZeroCount(enabled);
        if (_next < choices.Count && (enabled & (1 << choices[_next])) != 0)
            return choices[_next++];
        return current >= 0 ? current : BitOperations.TrailingZeroCount(enabled);
    }

    /// <summary>False, with a sentence that says what is wrong, for a text that is no schedule.</summary>
    public static bool TryParse(string text, int tasks, out RecordedSchedule? schedule, out string error)
    {
        schedule = null;
        error = "";
        if (!text.StartsWith("s:", StringComparison.Ordinal))
        {
            error = $"'{text}' is no schedule: expected s:TASK,TASK*STEPS, for example s:0*12,1";
            return false;
        }

        var at = text.IndexOf('@', StringComparison.Ordinal);
        var points = at < 0 ? null : new List<int>();
        if (points is not null && !TryParsePoints(text[(at + 1)..], points))
        {
            error = $"'{text[at..]}' in '{text}' is no list of places: expected @PLACE+PLACE, for example @1200+1433";
            return false;
        }

        var choices = new List<byte>();
        foreach (var item in text[2..(at < 0 ? text.Length : at)].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = item.Split('*');
            var times = 1;
            if (
                parts.Length > 2
                || !byte.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var task)
                || (
                    parts.Length == 2
                    && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out times)
                )
                || task >= tasks
                || times is < 1 or > 1_000_000
            )
            {
                error =
                    $"'{item}' in '{text}' is no part of a schedule: expected a task from 0 to {tasks - 1}, or TASK*STEPS";
                return false;
            }

            for (var i = 0; i < times; i++)
                choices.Add(task);
        }

        schedule = new RecordedSchedule(choices) { Points = points };
        return true;
    }

    public static string FormatPoints(IEnumerable<int> points) => $"@{string.Join('+', points)}";

    private static bool TryParsePoints(string text, List<int> points)
    {
        foreach (var item in text.Split('+', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var point))
                return false;
            points.Add(point);
        }

        return true;
    }

    public static string Format(IReadOnlyList<byte> choices)
    {
        var text = new StringBuilder("s:");
        for (var i = 0; i < choices.Count; )
        {
            var run = 1;
            while (i + run < choices.Count && choices[i + run] == choices[i])
                run++;
            text.Append(i == 0 ? "" : ",").Append(choices[i]);
            if (run > 1)
                text.Append('*').Append(run);
            i += run;
        }

        return text.ToString();
    }
}
