namespace IommuSim.Machine.Tests;

/// <summary>Gives the listed answers, then 0, and remembers what it was asked.</summary>
internal sealed class ScriptedSource(params int[] answers) : IDecisionSource
{
    private readonly List<string> _asked = [];

    public IReadOnlyList<string> Asked => _asked;

    public int Next(int count, DecisionKind kind, string site)
    {
        var answer = _asked.Count < answers.Length ? answers[_asked.Count] : 0;
        _asked.Add($"{kind} {site} of {count}");
        return answer;
    }
}
