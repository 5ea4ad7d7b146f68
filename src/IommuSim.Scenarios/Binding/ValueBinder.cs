using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// Turns values into numbers for a field. A method that returns null has reported why.
/// </summary>
internal sealed class ValueBinder(NameScope names, DiagnosticSink sink)
{
    /// <summary>
    /// The numbers of a field: as many as its place holds, or fewer for an array.
    /// </summary>
    public ValueTerms[]? Field(Value value, FieldPlace place, string field)
    {
        if (place.IsScalar)
            return Scalar(value, place.ElementSize, field) is { } terms ? [terms] : null;
        if (place.IsRange)
        {
            if (value is RangeValue range)
                return [ValueTerms.Of(range.First), ValueTerms.Of(range.Last)];
            sink.Error(value.Span, $"'{field}' is a range; write it FIRST-LAST, as in 0x0-0xfff");
            return null;
        }

        if (value is ListValue list && list.Items.Count <= place.Count)
            return Elements(list, place, field);
        sink.Error(value.Span, $"'{field}' is a {place.CType}; write it as a list of {place.Count} numbers at most");
        return null;
    }

    /// <summary>One number of <paramref name="size"/> bytes.</summary>
    public ValueTerms? Scalar(Value value, int size, string field)
    {
        switch (value)
        {
            case NumberValue number:
                return Number(number, size, field);
            case WordValue word:
                return Word(word, size, field);
            case FlagsValue flags:
                return Flags(flags, size, field);
            case SumValue sum:
                return Sum(sum, size, field);
            default:
                var type = new FieldPlace(0, size, 1, false).CType;
                sink.Error(value.Span, $"'{field}' is a {type}; write a number, a constant or the name of a result");
                return null;
        }
    }

    /// <summary>A number that does not depend on the run, such as the length of a buffer.</summary>
    public ulong? Constant(Value value, int size, string what)
    {
        if (Scalar(value, size, what) is not { } terms)
            return null;
        if (terms.IsConstant)
            return terms.Constant;
        sink.Error(value.Span, $"{what} must be a number or a constant");
        return null;
    }

    private ValueTerms[]? Elements(ListValue list, FieldPlace place, string field)
    {
        var elements = new ValueTerms[list.Items.Count];
        for (var i = 0; i < elements.Length; i++)
        {
            if (Scalar(list.Items[i], place.ElementSize, field) is not { } terms)
                return null;
            elements[i] = terms;
        }

        return elements;
    }

    private ValueTerms? Number(NumberValue number, int size, string field)
    {
        var above = size == sizeof(ulong) ? 0 : number.Bits >> (size * 8);
        var ones = size == sizeof(ulong) ? 0 : ulong.MaxValue >> (size * 8);
        var fits = above == 0 || (number.Form != NumberForm.Plain && above == ones);
        if (fits)
            return ValueTerms.Of(size == sizeof(ulong) ? number.Bits : Cut(number.Bits, size));
        sink.Error(number.Span, $"the number does not fit in '{field}', which has {size} bytes");
        return null;
    }

    private ValueTerms? Word(WordValue word, int size, string field)
    {
        if (names.Find(word.Text) is { } name)
        {
            if (name.Kind is not (NameKind.NoNumber or NameKind.Process))
                return ValueTerms.OfSlot(name.Slot);
            sink.Error(word.Span, $"'{Shown(word)}' is no number: {name.Verb} returns no id");
            return null;
        }

        if (UapiConstants.TryGet(word.Text, out var value))
            return Number(new NumberValue(value, NumberForm.Plain, word.Span), size, field);
        if (word.Text == "null" && size == sizeof(ulong))
            return ValueTerms.Of(0);
        sink.Error(word.Span, Unknown(word), Nearest(word.Text));
        return null;
    }

    private ValueTerms? Flags(FlagsValue flags, int size, string field)
    {
        var sum = ValueTerms.Of(0);
        foreach (var term in flags.Terms)
        {
            if (Scalar(term, size, field) is not { } terms)
                return null;
            sum = sum.Or(terms);
        }

        return sum;
    }

    private ValueTerms? Sum(SumValue sum, int size, string field)
    {
        if (names.Find(sum.Name.Text) is { Kind: not NameKind.Address } other)
        {
            sink.Error(sum.Name.Span, $"'{Shown(sum.Name)}' is no address: {other.Verb} maps no memory");
            return null;
        }

        if (Word(sum.Name, size, field) is not { } start)
            return null;
        if (!start.IsConstant)
            return start with { Offset = sum.Number.Bits };
        sink.Error(sum.Span, "a number is added to an address only, as in 'memory + 0x1000'");
        return null;
    }

    private string Unknown(WordValue word)
    {
        if (names.FindDevice(word.Text) >= 0)
            return $"'{Shown(word)}' is a device and has no id until a step binds it";
        if (names.OwnerOf(word.Text) is { } owner)
            return $"'{Shown(word)}' is a name of {owner} alone; bind it in the set-up";
        return names.BoundLater(word.Text) is { } line
            ? $"'{Shown(word)}' is not bound before line {line}"
            : $"unknown name '{Shown(word)}'; it is no earlier result and no constant";
    }

    private string? Nearest(string word) =>
        NearestWord.Find(word, names.Names)
        ?? NearestWord.Find(word, UapiConstants.Names.Order(StringComparer.Ordinal));

    private static string Shown(WordValue word) => Token.Shorten(word.Text);

    private static ulong Cut(ulong bits, int size) => bits & ((1UL << (size * 8)) - 1);
}
