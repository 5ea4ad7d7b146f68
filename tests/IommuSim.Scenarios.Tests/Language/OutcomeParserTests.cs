using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

public sealed class OutcomeParserTests
{
    [Theory]
    [InlineData("OK", OutcomeKind.Ok)]
    [InlineData("killed", OutcomeKind.Killed)]
    [InlineData("EINVAL", OutcomeKind.Errno)]
    [InlineData("E2BIG", OutcomeKind.Errno)]
    [InlineData("ENOSUCHERRNO", OutcomeKind.Errno)]
    public void Parse_ResultWord_DecidesTheKind(string word, object kind)
    {
        Outcome outcome = Parsed.Outcome(word);
        Assert.Equal(kind, outcome.Kind);
        Assert.Equal(new Identifier(word, new SourceSpan(8, 3, word.Length)), outcome.Result);
        Assert.Empty(outcome.Selectors);
        Assert.False(outcome.IsOtherwise);
        Assert.Empty(outcome.Reports);
    }

    [Fact]
    public void Parse_SelectorsNamedLikeResults_AreSelectors()
    {
        Outcome outcome = Parsed.Outcome("OK EINVAL+ : killed");
        Words.Equal(["OK", "EINVAL+"], outcome.Selectors.Select(s => s.ToString()));
        Assert.Equal(OutcomeKind.Killed, outcome.Kind);
        Assert.Equal(new SourceSpan(8, 3, 19), outcome.Span);
    }

    [Fact]
    public void Parse_FieldsAfterAnErrno_AreKept()
    {
        Outcome outcome = Parsed.Outcome("otherwise: ENOSPC length=0 flags=A|B");
        Assert.True(outcome.IsOtherwise);
        Words.Equal(["length", "flags"], outcome.Fields.Select(f => f.Name.Text));
        Assert.Equal(new SourceSpan(8, 21, 8), outcome.Fields[0].Span);
    }

    [Fact]
    public void Parse_ClausesInAnyOrder_AreKeptByKind()
    {
        Outcome outcome = Parsed.Outcome("OK a=1, report \"x: y\", reads buf{b=[1, 2]}, report \"z\", reads out{}");
        Words.Equal(["x: y", "z"], outcome.Reports.Select(r => r.Text));
        Words.Equal(["buf", "out"], outcome.Memory.Select(m => m.Name.Text));
        Assert.Equal("b", Assert.Single(outcome.Memory[0].Fields).Name.Text);
    }

    [Fact]
    public void Parse_FieldNamedReport_IsAField()
    {
        Outcome outcome = Parsed.Outcome("OK report=1 reads=2");
        Words.Equal(["report", "reads"], outcome.Fields.Select(f => f.Name.Text));
    }

    [Fact]
    public void Parse_OutcomeContinuedWithBackslash_IsOneOutcome()
    {
        Outcome outcome = Parsed.Outcome("OK a=1, \\  # why\n    report \"x\"");
        Assert.Equal(new SourceSpan(9, 12, 3), Assert.Single(outcome.Reports).Span);
    }
}
