using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

public sealed class SourceTextTests
{
    [Theory]
    [InlineData("", new[] { "" })]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("\n", new[] { "" })]
    [InlineData("a\r\nb\rc\n\nd", new[] { "a", "b", "c", "", "d" })]
    [InlineData("\uFEFFa", new[] { "a" })]
    public void Lines_AnyLineEnd_AreSplit(string text, string[] lines)
    {
        Assert.Equal(lines, new SourceText("f", text).Lines);
    }

    [Fact]
    public void Line_NoSuchLine_IsEmpty()
    {
        var source = new SourceText("f", "a\nb");
        Assert.Equal("b", source.Line(2));
        Assert.Equal("", source.Line(0));
        Assert.Equal("", source.Line(3));
    }

    [Fact]
    public void Render_ErrorOfALaterPass_ShowsItsLine()
    {
        var source = new SourceText("dir/f.scenario", "steps:\n\tbnid dev0");
        Diagnostic error = source.Error(new SourceSpan(2, 2, 4), "unknown verb 'bnid'", "bind");
        Assert.Equal(
            "dir/f.scenario:2:2: error: unknown verb 'bnid'\n"
                + "\tbnid dev0\n"
                + "\t^^^^\n"
                + "did you mean 'bind'?\n",
            source.Render([error])
        );
    }

    [Theory]
    [InlineData("ab", 3, 0, "ab\n  ^\n")]
    [InlineData("", 1, 0, "\n^\n")]
    [InlineData("ab", 2, 9, "ab\n ^\n")]
    [InlineData("ab", 9, 9, "ab\n  ^\n")]
    [InlineData("\u001b[2Jx\u0000y", 5, 3, "?[2Jx?y\n    ^^^\n")]
    public void Render_OddSpanOrLine_StaysReadable(string line, int column, int length, string expected)
    {
        var error = new Diagnostic("f", new SourceSpan(1, column, length), "m");
        Assert.Equal($"f:1:{column}: error: m\n{expected}", error.Render(line));
    }

    [Fact]
    public void Through_SpanOnAnotherLine_StaysOnItsOwn()
    {
        var first = new SourceSpan(1, 3, 2);
        Assert.Equal(new SourceSpan(1, 3, 7), first.Through(new SourceSpan(1, 9, 1)));
        Assert.Equal(first, first.Through(new SourceSpan(2, 9, 1)));
        Assert.Equal(first, first.Through(new SourceSpan(1, 1, 1)));
    }
}
