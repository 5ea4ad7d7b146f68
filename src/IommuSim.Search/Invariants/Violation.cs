namespace IommuSim.Search.Invariants;

/// <summary>An invariant that does not hold. The text has no ids, so that violations merge.</summary>
/// <param name="Invariant">Its number in the catalogue, <c>I6</c>.</param>
/// <param name="Text">What is the case and should not be.</param>
public sealed record Violation(string Invariant, string Text)
{
    /// <summary>As findings are titled.</summary>
    public string Title => $"{Invariant}: {Text}";
}
