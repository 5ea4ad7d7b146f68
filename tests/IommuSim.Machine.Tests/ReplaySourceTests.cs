using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

public sealed class ReplaySourceTests
{
    private static readonly DecisionKind[] _kinds = Enum.GetValues<DecisionKind>();

    [Fact]
    public void TryParse_RecordedRun_ReplaysTheSameAnswers() =>
        RandomRun.ForAll(RandomRun.Operations(1, 80), RecordAndReplay);

    [Theory]
    [InlineData("", "'' is not a replay string: expected KINDS:ANSWERS, for example ga:0,1")]
    [InlineData("0,1", "'0,1' is not a replay string: expected KINDS:ANSWERS, for example ga:0,1")]
    [InlineData("gx:0", "'x' in 'gx:0' is no kind of decision: expected letters of 'gacdf'")]
    [InlineData("G:0", "'G' in 'G:0' is no kind of decision: expected letters of 'gacdf'")]
    [InlineData("g:x", "'x' in 'g:x' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:-1", "'-1' in 'g:-1' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:0, 1", "' 1' in 'g:0, 1' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:1*", "'1*' in 'g:1*' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:*3", "'*3' in 'g:*3' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:1*2*3", "'1*2*3' in 'g:1*2*3' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:0:1", "'0:1' in 'g:0:1' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:4294967296", "'4294967296' in 'g:4294967296' is no answer: expected a number, or NUMBER*REPEAT")]
    [InlineData("g:0,0*1000000", "'0*1000000' in 'g:0,0*1000000' is no answer: expected a number, or NUMBER*REPEAT")]
    public void TryParse_NoReplayString_SaysWhatIsWrong(string text, string sentence)
    {
        Assert.False(ReplaySource.TryParse(text, out var source, out var error));
        Assert.Null(source);
        Assert.Equal(sentence, error);
    }

    [Fact]
    public void TryParse_MostAnswersAllowed_IsAccepted() => Assert.NotNull(Parse($"g:0*{ReplaySource.MaxAnswers}"));

    [Fact]
    public void Kinds_LettersOfTheString_AreInItsOrder() =>
        Assert.Equal([DecisionKind.DriverOp, DecisionKind.Garbage], Parse("dg:").Kinds);

    [Fact]
    public void Next_PastTheAnswers_IsZero()
    {
        var source = Parse("g:1");
        Assert.Equal(1, source.Next(2, DecisionKind.Garbage, "f"));
        Assert.Equal(0, source.Next(2, DecisionKind.Garbage, "f"));
    }

    [Fact]
    public void Next_AnswerThatTheRunCannotTake_SaysWhereItDiverged()
    {
        var source = Parse("g:0,3");
        source.Next(2, DecisionKind.Garbage, "data_len");
        var diverged = Assert.Throws<ReplayDivergedException>(() => source.Next(3, DecisionKind.Garbage, "data_len"));
        Assert.Equal("answer 2 of the replay is 3, but data_len asks for less than 3", diverged.Message);
    }

    /// <summary>
    /// Each operation is one decision: its kind, how many answers it has, and the answer.
    /// </summary>
    private static void RecordAndReplay(int[] operations)
    {
        var asked = _kinds.Where((_, bit) => (operations.FirstOrDefault() >> bit & 1) == 1).ToList();
        var recorded = new Decisions();
        recorded.Use(new ScriptedSource([.. AnswersTo(operations, asked)]), asked);
        var expected = Answers(recorded, operations);

        var source = Parse(recorded.ToString());
        Assert.Equal(asked, source.Kinds);
        var replayed = new Decisions();
        replayed.Use(source, source.Kinds);
        Assert.Equal(expected, Answers(replayed, operations));
        Assert.Equal(recorded.ToString(), replayed.ToString());
    }

    private static IEnumerable<int> AnswersTo(int[] operations, List<DecisionKind> asked) =>
        operations.Where(o => asked.Contains(KindOf(o))).Select(o => (o / 64) % CountOf(o));

    private static List<int> Answers(Decisions decisions, int[] operations) =>
        [.. operations.Select(o => decisions.Choose(CountOf(o), KindOf(o), "f"))];

    private static DecisionKind KindOf(int operation) => _kinds[operation % _kinds.Length];

    private static int CountOf(int operation) => 1 + (operation / _kinds.Length % 3);

    private static ReplaySource Parse(string text)
    {
        Assert.True(ReplaySource.TryParse(text, out var source, out var error), error);
        return source!;
    }
}
