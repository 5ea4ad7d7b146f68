namespace IommuSim.Machine.Tests;

public sealed class DecisionsTests
{
    private readonly Decisions _decisions = new();

    [Fact]
    public void Choose_NoSource_IsTheUneventfulAnswer() =>
        Assert.Equal(0, _decisions.Choose(5, DecisionKind.Garbage, "f"));

    [Fact]
    public void Choose_KindNotNamed_IsZeroAndNotAsked()
    {
        var source = new ScriptedSource(1);
        _decisions.Use(source, [DecisionKind.Copy]);
        Assert.Equal(0, _decisions.Choose(2, DecisionKind.Allocation, "f"));
        Assert.Empty(source.Asked);
        Assert.Equal("c:", _decisions.ToString());
    }

    [Fact]
    public void Choose_KindNamed_AsksForCountKindAndSite()
    {
        var source = new ScriptedSource(2);
        _decisions.Use(source, [DecisionKind.Garbage]);
        Assert.Equal(2, _decisions.Choose(4, DecisionKind.Garbage, "data_len"));
        Assert.Equal("Garbage data_len of 4", Assert.Single(source.Asked));
    }

    [Fact]
    public void Fails_SourceAnswersOne_IsTrue()
    {
        _decisions.Use(new ScriptedSource(0, 1), [DecisionKind.Allocation]);
        Assert.False(_decisions.Fails(DecisionKind.Allocation, "f"));
        Assert.True(_decisions.Fails(DecisionKind.Allocation, "f"));
    }

    [Fact]
    public void ToString_FreshRun_AsksForGarbageOnly() => Assert.Equal("g:", _decisions.ToString());

    [Fact]
    public void ToString_RepeatedAnswers_AreCounted()
    {
        var answers = new ScriptedSource(0, 0, 0, 1, 2, 2, 0);
        _decisions.Use(answers, [DecisionKind.Allocation, DecisionKind.Garbage]);
        for (var i = 0; i < 7; i++)
            _decisions.Choose(3, DecisionKind.Garbage, "f");
        Assert.Equal("ga:0*3,1,2*2,0", _decisions.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Inject_NthPoint_FailsThatPointOnly(int nth)
    {
        _decisions.Inject(DecisionKind.Allocation, nth);
        for (var point = 1; point <= 6; point++)
            Assert.Equal(point == nth, _decisions.Fails(DecisionKind.Allocation, "f"));
        Assert.Equal(6, _decisions.PointsPassed);
    }

    [Fact]
    public void Inject_BeyondTheLastPoint_FailsNoneAndCountsThem()
    {
        _decisions.Inject(DecisionKind.Copy, 4);
        for (var point = 1; point <= 3; point++)
            Assert.False(_decisions.Fails(DecisionKind.Copy, "f"));
        Assert.Equal(3, _decisions.PointsPassed);
    }

    [Fact]
    public void Inject_OneKind_LeavesTheOthersToTheSource()
    {
        _decisions.Use(new ScriptedSource(1), [DecisionKind.Copy, DecisionKind.Allocation]);
        _decisions.Inject(DecisionKind.Allocation, 9);
        Assert.False(_decisions.Fails(DecisionKind.Allocation, "f"));
        Assert.True(_decisions.Fails(DecisionKind.Copy, "f"));
        Assert.Equal(1, _decisions.PointsPassed);
    }

    [Fact]
    public void Inject_Zero_GivesTheKindBackToTheSource()
    {
        _decisions.Use(new ScriptedSource(1), [DecisionKind.Allocation]);
        _decisions.Inject(DecisionKind.Allocation, 1);
        _decisions.Inject(DecisionKind.Allocation, 0);
        Assert.True(_decisions.Fails(DecisionKind.Allocation, "f"));
        Assert.False(_decisions.Fails(DecisionKind.Allocation, "f"));
    }

    [Fact]
    public void InjectAny_SeveralKinds_CountsThemTogether()
    {
        _decisions.InjectAny([DecisionKind.Copy, DecisionKind.Allocation], 3);
        Assert.False(_decisions.Fails(DecisionKind.Allocation, "f"));
        Assert.False(_decisions.Fails(DecisionKind.DriverOp, "f"));
        Assert.False(_decisions.Fails(DecisionKind.Copy, "f"));
        Assert.True(_decisions.Fails(DecisionKind.Allocation, "f"));
        Assert.False(_decisions.Fails(DecisionKind.Copy, "f"));
        Assert.Equal(4, _decisions.PointsPassed);
    }

    [Fact]
    public void InjectAny_Zero_GivesTheKindsBackToTheSource()
    {
        _decisions.Use(new ScriptedSource(1), [DecisionKind.Copy]);
        _decisions.InjectAny([DecisionKind.Copy, DecisionKind.Allocation], 2);
        _decisions.InjectAny([DecisionKind.Copy, DecisionKind.Allocation], 0);
        Assert.True(_decisions.Fails(DecisionKind.Copy, "f"));
        Assert.False(_decisions.Fails(DecisionKind.Allocation, "f"));
    }

    [Fact]
    public void Inject_Again_CountsFromTheStart()
    {
        _decisions.Inject(DecisionKind.Copy, 1);
        Assert.True(_decisions.Fails(DecisionKind.Copy, "f"));
        _decisions.Inject(DecisionKind.Copy, 1);
        Assert.Equal(0, _decisions.PointsPassed);
        Assert.True(_decisions.Fails(DecisionKind.Copy, "f"));
    }
}
