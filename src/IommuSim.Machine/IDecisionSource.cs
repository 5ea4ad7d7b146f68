namespace IommuSim.Machine;

/// <summary>Makes the decisions of a run: a replay, a search, a random walk.</summary>
public interface IDecisionSource
{
    /// <summary>A decision from 0 to <paramref name="count"/> - 1. 0 is always the uneventful one.</summary>
    int Next(int count, DecisionKind kind, string site);
}
