namespace IommuSim.Scenarios.Language;

/// <summary>
/// A name, with the place it was written; what it names is for the binder to find.
/// </summary>
public sealed record Identifier(string Text, SourceSpan Span)
{
    public override string ToString() => Text;
}

/// <summary>
/// Free text of a header, its lines joined by single blanks and without comments.
/// </summary>
public sealed record Prose(string Text, SourceSpan Span)
{
    public override string ToString() => Text;
}
