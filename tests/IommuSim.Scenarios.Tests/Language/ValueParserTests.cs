using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

public sealed class ValueParserTests
{
    [Theory]
    [InlineData("0", "Plain 0")]
    [InlineData("18446744073709551615", "Plain ffffffffffffffff")]
    [InlineData("0xBadBeef", "Plain badbeef")]
    [InlineData("0xffffffffffffffff", "Plain ffffffffffffffff")]
    [InlineData("0x00000000000000000000001", "Plain 1")]
    [InlineData("4K", "Plain 1000")]
    [InlineData("2M", "Plain 200000")]
    [InlineData("4G", "Plain 100000000")]
    [InlineData("17179869183G", "Plain ffffffffc0000000")]
    [InlineData("~0", "Complement ffffffffffffffff")]
    [InlineData("~0xff", "Complement ffffffffffffff00")]
    [InlineData("~4K", "Complement ffffffffffffefff")]
    [InlineData("-1", "Negative ffffffffffffffff")]
    [InlineData("-0", "Negative 0")]
    [InlineData("-9223372036854775808", "Negative 8000000000000000")]
    [InlineData("0xfee00000-0xfeefffff", "Range fee00000 feefffff")]
    [InlineData("0-4K", "Range 0 1000")]
    [InlineData("9-1", "Range 9 1")]
    [InlineData("idev", "Word idev")]
    [InlineData("_a.b/c-9", "Word _a.b/c-9")]
    [InlineData("A|B", "Flags (Word A, Word B)")]
    [InlineData("1|A|0x10|~1", "Flags (Plain 1, Word A, Plain 10, Complement fffffffffffffffe)")]
    [InlineData("A+0x10", "Sum (Word A, Plain 10)")]
    [InlineData("A + 1K", "Sum (Word A, Plain 400)")]
    [InlineData("x{}", "Struct x ()")]
    [InlineData("x{a=1, b=y{c=[1]}}", "Struct x (a: Plain 1, b: Struct y (c: List (Plain 1)))")]
    [InlineData("[]", "List ()")]
    [InlineData("[1, A|B, 0-9]", "List (Plain 1, Flags (Word A, Word B), Range 0 9)")]
    [InlineData("unmapped()", "Call unmapped ()")]
    [InlineData("zeros(4G)", "Call zeros (Plain 100000000)")]
    [InlineData("at(ro(8), x{a=1})", "Call at (Call ro (Plain 8), Struct x (a: Plain 1))")]
    [InlineData("\"\"", "String <>")]
    [InlineData("\"a # b: {c}\"", "String <a # b: {c}>")]
    [InlineData("\"a \\\"b\\\" \\\\\"", "String <a \"b\" \\>")]
    public void Parse_ValueForm_IsReadWithItsPlace(string text, string expected)
    {
        Step step = Parsed.Step($"run arg={text}");
        Argument named = Assert.Single(step.Arguments);
        Assert.Equal(expected, ValueText.Of(named.Value));
        Assert.Equal(new SourceSpan(7, 9, text.Length), named.Value.Span);
        Assert.Equal(new SourceSpan(7, 5, text.Length + 4), named.Span);

        Argument positional = Assert.Single(Parsed.Step($"run {text}").Arguments);
        Assert.Null(positional.Name);
        Assert.Equal(expected, ValueText.Of(positional.Value));

        Scenario scenario = Parsed.Good(ScenarioSample.WithHeaders($"kernels: k\ndevice d: mock p={text}"));
        Setting property = Assert.Single(scenario.Devices[0].Settings);
        Assert.Equal(expected, ValueText.Of(property.Value));

        FieldExpectation field = Assert.Single(Parsed.Outcome($"OK out={text}").Fields);
        Assert.Equal(expected, ValueText.Of(field.Value));
    }

    [Fact]
    public void Parse_BlankBeforeMinus_IsTwoArguments()
    {
        Step step = Parsed.Step("run 1 -2");
        Words.Equal(["Plain 1", "Negative fffffffffffffffe"], step.Arguments.Select(a => ValueText.Of(a.Value)));
    }

    [Fact]
    public void Parse_NestingAtTheLimit_IsRead()
    {
        string text = new string('[', 32) + new string(']', 32);
        Value? value = Parsed.Step("run " + text).Arguments[0].Value;
        int depth = 0;
        for (; value is ListValue list; depth++)
        {
            value = list.Items.Count > 0 ? list.Items[0] : null;
        }

        Assert.Equal(32, depth);
    }

    [Fact]
    public void Parse_NestingBeyondTheLimit_IsAnErrorAtTheFirstBracketTooMany()
    {
        string text = "run " + new string('[', 100_000);
        Diagnostic error = Assert.Single(Parsed.Bad(ScenarioSample.WithSteps(text)));
        Assert.Equal("values nest 32 deep at most", error.Message);
        Assert.Equal(new SourceSpan(7, 37, 1), error.Span);
    }

    [Fact]
    public void Parse_HugeLine_IsRead()
    {
        string items = string.Concat(Enumerable.Repeat("0x10, ", 50_000));
        Step step = Parsed.Step($"run [{items}1]");
        Assert.Equal(50_001, Assert.IsType<ListValue>(step.Arguments[0].Value).Items.Count);
    }
}
