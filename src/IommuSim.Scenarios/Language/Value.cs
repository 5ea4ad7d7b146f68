namespace IommuSim.Scenarios.Language;

/// <summary>A value as written; its type is decided by what it is assigned to.</summary>
internal abstract record Value
{
    /// <summary>The set of value forms is closed: a pass may switch over all of them.</summary>
    private protected Value(SourceSpan span) => Span = span;

    public SourceSpan Span { get; init; }
}

/// <summary>
/// How a number was written. A field narrower than 64 bits may take -1 and ~0 but not
/// 0xffffffffffffffff, though all three have the same bits.
/// </summary>
internal enum NumberForm
{
    /// <summary>Decimal or hex digits, perhaps with a K, M or G suffix.</summary>
    Plain,

    /// <summary>A minus sign and a plain number; two's complement, -2^63 at the least.</summary>
    Negative,

    /// <summary>A tilde and a plain number; all 64 bits are inverted.</summary>
    Complement,
}

/// <summary>A number; <paramref name="Bits"/> are its 64 bits whatever its form.</summary>
internal sealed record NumberValue(ulong Bits, NumberForm Form, SourceSpan Span) : Value(Span);

/// <summary>
/// FIRST-LAST, both included. It may run backwards: whether that is an error is a question to the
/// kernel under test.
/// </summary>
internal sealed record RangeValue(ulong First, ulong Last, SourceSpan Span) : Value(Span);

/// <summary>A name bound by an earlier step, a constant, a device, or a plain word.</summary>
internal sealed record WordValue(string Text, SourceSpan Span) : Value(Span);

/// <summary>Two or more words or numbers joined by '|'.</summary>
internal sealed record FlagsValue(IReadOnlyList<Value> Terms, SourceSpan Span) : Value(Span);

/// <summary>NAME + NUMBER: that much behind an address that an earlier step returned.</summary>
internal sealed record SumValue(WordValue Name, NumberValue Number, SourceSpan Span) : Value(Span);

/// <summary>TYPE{field=value, ...}; the fields left out are zero.</summary>
internal sealed record StructValue(Identifier Type, IReadOnlyList<FieldInitializer> Fields, SourceSpan Span)
    : Value(Span);

/// <summary>One field of a <see cref="StructValue"/>.</summary>
internal sealed record FieldInitializer(Identifier Name, Value Value, SourceSpan Span);

/// <summary>[value, ...]; may be empty.</summary>
internal sealed record ListValue(IReadOnlyList<Value> Items, SourceSpan Span) : Value(Span);

/// <summary>NAME(value, ...): memory or another thing made for the step.</summary>
internal sealed record CallValue(Identifier Function, IReadOnlyList<Value> Arguments, SourceSpan Span) : Value(Span);

/// <summary>Quoted text, its escapes resolved.</summary>
internal sealed record StringValue(string Text, SourceSpan Span) : Value(Span);
