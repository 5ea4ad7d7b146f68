using System.Globalization;

namespace IommuSim.Machine;

/// <summary>
/// Takes decisions from a replay string, <c>KINDS:DECISION,DECISION*REPEAT,...</c>, for example <c>ga:0*7,1</c>: the
/// letters of the kinds that were asked, then the decisions in order. Decisions past the end of the string are 0.
/// </summary>
public sealed class ReplaySource : IDecisionSource
{
    private readonly List<int> _answers;
    private int _next;

    private ReplaySource(DecisionKind[] kinds, List<int> answers)
    {
        Kinds = kinds;
        _answers = answers;
    }

    /// <summary>The kinds of decisions that the recorded run asked.</summary>
    public IReadOnlyList<DecisionKind> Kinds { get; }

    /// <summary>The most decisions that a string may hold, repeats expanded.</summary>
    public const int MaxAnswers = 1_000_000;

    /// <summary>False, with a sentence that says what is wrong, for a text that is no replay string.</summary>
    public static bool TryParse(string text, out ReplaySource? source, out string error)
    {
        source = null;
        error = "";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            error = $"'{text}' is not a replay string: expected KINDS:ANSWERS, for example ga:0,1";
            return false;
        }

        var kinds = new List<DecisionKind>();
        foreach (var letter in text[..colon])
        {
            var kind = Array.FindIndex(Enum.GetNames<DecisionKind>(), n => char.ToLowerInvariant(n[0]) == letter);
            if (kind < 0)
            {
                error = $"'{letter}' in '{text}' is no kind of decision: expected letters of 'gacdf'";
                return false;
            }

            kinds.Add((DecisionKind)kind);
        }

        var answers = new List<int>();
        foreach (var item in text[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var star = item.IndexOf('*', StringComparison.Ordinal);
            var repeat = 1;
            if (
                !int.TryParse(
                    star < 0 ? item : item[..star],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var value
                )
                || (
                    star >= 0
                    && !int.TryParse(item[(star + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out repeat)
                )
                || repeat > MaxAnswers - answers.Count
            )
            {
                error = $"'{item}' in '{text}' is no answer: expected a number, or NUMBER*REPEAT";
                return false;
            }

            for (var i = 0; i < repeat; i++)
                answers.Add(value);
        }

        source = new ReplaySource([.. kinds], answers);
        return true;
    }

    /// <summary>
    /// The next decision of the string, 0 behind its end; else a <see cref="ReplayDivergedException"/>.
    /// </summary>
    public int Next(int count, DecisionKind kind, string site)
    {
        if (_next >= _answers.Count)
            return 0;
        var answer = _answers[_next++];
        if (answer >= count)
        {
            throw new ReplayDivergedException(
                $"answer {_next} of the replay is {answer}, but {site} asks for less than {count}"
            );
        }

        return answer;
    }
}
