using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

/// <summary>
/// Spells a value out with its type, so that a test can state a whole tree on a line.
/// </summary>
internal static class ValueText
{
    public static string Of(Value value) =>
        value switch
        {
            NumberValue n => FormattableString.Invariant($"{n.Form} {n.Bits:x}"),
            RangeValue r => FormattableString.Invariant($"Range {r.First:x} {r.Last:x}"),
            SumValue s => $"Sum ({Of(s.Name)}, {Of(s.Number)})",
            WordValue w => $"Word {w.Text}",
            StringValue s => $"String <{s.Text}>",
            FlagsValue f => "Flags " + Join(f.Terms),
            ListValue l => "List " + Join(l.Items),
            CallValue c => $"Call {c.Function} {Join(c.Arguments)}",
            StructValue s => $"Struct {s.Type} ("
                + string.Join(", ", s.Fields.Select(f => $"{f.Name}: {Of(f.Value)}"))
                + ")",
            _ => throw new ArgumentOutOfRangeException(nameof(value)),
        };

    private static string Join(IEnumerable<Value> values) => "(" + string.Join(", ", values.Select(Of)) + ")";
}
