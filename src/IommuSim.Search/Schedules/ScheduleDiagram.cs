using System.Globalization;
using System.Text;

namespace IommuSim.Search.Schedules;

/// <summary>A schedule as reviewers draw it: a column for each processor, time running down.</summary>
internal static class ScheduleDiagram
{
    private const int Width = 80;

    /// <summary>
    /// Lines end with LF; each line has one entry, which may reach into the columns to its right. Threads that the
    /// kernel started have columns behind the tasks'.
    /// </summary>
    public static string Render(IReadOnlyList<ExecutedStep> steps, int tasks)
    {
        var all = tasks;
        foreach (var step in steps)
            all = Math.Max(all, step.Task + 1);
        var column = Width / all;
        var text = new StringBuilder();
        for (var i = 0; i < all; i++)
        {
            var task = i < tasks ? string.Create(CultureInfo.InvariantCulture, $"P{i}") : "kernel";
            text.Append(string.Create(CultureInfo.InvariantCulture, $"CPU{i} ({task})").PadRight(column));
        }

        Trim(text).Append('\n');
        for (var i = 0; i < all; i++)
            text.Append(new string('-', column - 2)).Append("  ");
        Trim(text).Append('\n');
        ExecutedStep? above = null;
        foreach (var step in steps)
        {
            if (step == above)
                continue;
            above = step;
            text.Append(' ', column * step.Task).Append(Entry(step)).Append('\n');
        }

        return text.ToString();
    }

    private static string Entry(ExecutedStep step) =>
        step.Kind switch
        {
            ExecutedKind.Call => step.Text,
            ExecutedKind.Report => $"*** {step.Text}",
            ExecutedKind.Wait => $"  {step.Text} waits",
            _ => $"  {step.Text}",
        };

    private static StringBuilder Trim(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ')
            text.Length--;
        return text;
    }
}

/// <summary>One line of a recorded schedule.</summary>
/// <param name="Task">Who did it.</param>
/// <param name="Kind">What kind of line it is.</param>
/// <param name="Text">A kernel function, a call, its result, or the title of a report.</param>
internal readonly record struct ExecutedStep(int Task, ExecutedKind Kind, string Text);

/// <summary>What a line of a recorded schedule tells.</summary>
internal enum ExecutedKind
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
