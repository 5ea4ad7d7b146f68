namespace IommuSim.Machine.Tests;

public sealed class IdTableTests
{
    private readonly IdTable<string> _table = new();

    [Fact]
    public void Reserve_EmptyTable_HandsOutOneAndNotZero() => Assert.Equal(1u, _table.Reserve());

    [Fact]
    public void Reserve_AroundEveryWordAndLevel_HandsOutEveryIdInOrder()
    {
        const uint PastThreeLevels = (64 * 64 * 64) + 130;
        for (var expected = 1u; expected <= PastThreeLevels; expected++)
            Assert.Equal(expected, _table.Reserve());
        Assert.Equal((int)PastThreeLevels, _table.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    public void Reserve_OneIdFreedInAFullTable_HandsOutThatId(uint freed)
    {
        Fill(5000);
        _table.Erase(freed);
        Assert.Equal(freed, _table.Reserve());
        Assert.Equal(5001u, _table.Reserve());
    }

    [Fact]
    public void Reserve_SeveralIdsFreed_HandsOutTheLowestFirst()
    {
        Fill(5000);
        foreach (var freed in new uint[] { 4096, 64, 4999, 2 })
            _table.Erase(freed);
        foreach (var expected in new uint[] { 2, 64, 4096, 4999, 5001 })
            Assert.Equal(expected, _table.Reserve());
    }

    [Fact]
    public void Find_ReservedAndNotPublished_IsNull()
    {
        var id = _table.Reserve();
        Assert.Null(_table.Find(id));
        Assert.False(_table.TryFind(id, out _));
    }

    [Fact]
    public void Find_Published_IsTheEntry()
    {
        var id = _table.Reserve();
        Assert.Null(_table.Publish(id, "ioas"));
        Assert.Equal("ioas", _table.Find(id));
        Assert.True(_table.TryFind(id, out var entry));
        Assert.Equal("ioas", entry);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(uint.MaxValue)]
    public void Find_IdNeverTaken_IsNull(uint id)
    {
        _table.Publish(_table.Reserve(), "ioas");
        Assert.Null(_table.Find(id));
    }

    [Fact]
    public void Publish_Twice_AnswersThePreviousEntry()
    {
        var id = _table.Reserve();
        _table.Publish(id, "old");
        Assert.Equal("old", _table.Publish(id, "new"));
        Assert.Equal("new", _table.Find(id));
    }

    [Fact]
    public void Erase_Published_AnswersTheEntryAndFreesTheId()
    {
        var id = _table.Reserve();
        _table.Publish(id, "ioas");
        Assert.Equal("ioas", _table.Erase(id));
        Assert.Null(_table.Find(id));
        Assert.False(_table.IsTaken(id));
        Assert.Equal(0, _table.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(uint.MaxValue)]
    public void Erase_IdNotTaken_ChangesNothing(uint id)
    {
        _table.Publish(_table.Reserve(), "ioas");
        Assert.Null(_table.Erase(id));
        Assert.Equal(1, _table.Count);
        Assert.Equal(2u, _table.Reserve());
    }

    private void Fill(int count)
    {
        for (var i = 0; i < count; i++)
            _table.Reserve();
    }
}
