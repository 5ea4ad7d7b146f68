using System.Collections.Immutable;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

public sealed class CTableTests
{
    private const int ElementSize = 8;

    /// <summary>Index 1 is a hole between designated initialisers.</summary>
    private static readonly CTable _table = new CTable(
        "data_len",
        ElementSize,
        ImmutableSortedDictionary<uint, ulong>.Empty
    )
        .With(0, 16)
        .With(2, 32);

    private readonly KernelMachine _machine = new(BuildSwitches.Default);

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 0)]
    [InlineData(2, 32)]
    public void Read_InsideTheTable_IsTheEntryOrZeroInAHole(uint index, ulong expected)
    {
        Assert.Equal(expected, _table.Read(_machine, index, "f"));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Length_HighestIndexTwo_IsThree() => Assert.Equal(3u, _table.Length);

    [Fact]
    public void With_NewEntry_LeavesTheOriginal()
    {
        var longer = _table.With(9, 1);
        Assert.Equal((3u, 10u), (_table.Length, longer.Length));
    }

    [Theory]
    [InlineData(0, 0UL)]
    [InlineData(1, 64UL)]
    [InlineData(2, 0xffffffff82a4c1e0UL)]
    [InlineData(3, ulong.MaxValue)]
    public void Read_JustPastTheTable_IsReportedAndYieldsWhatWasChosen(int choice, ulong expected)
    {
        var source = new ScriptedSource(choice);
        _machine.Decisions.Use(source, [DecisionKind.Garbage]);
        Assert.Equal(expected, _table.Read(_machine, 3, "f"));
        Assert.Equal("Garbage data_len of 4", Assert.Single(source.Asked));
        Assert.Equal(
            "read of size 8 at data_len[3], 0 bytes past its 3 entries",
            Assert.Single(_machine.Reports).Detail
        );
        _machine.NoUnexpectedReports("KASAN: global-out-of-bounds in f");
    }

    [Fact]
    public void Read_LastMappedElementPastTheTable_IsReportedAndSurvived()
    {
        var index = 3 + (uint)(CTable.MappedBytesPastTable / ElementSize);
        Assert.Equal(0UL, _table.Read(_machine, index, "f"));
        _machine.NoUnexpectedReports("KASAN: global-out-of-bounds in f");
    }

    [Theory]
    [InlineData(3 + (uint)(CTable.MappedBytesPastTable / ElementSize) + 1)]
    [InlineData(0xbadbeef)]
    [InlineData(uint.MaxValue)]
    public void Read_FarPastTheTable_KillsTheTask(uint index)
    {
        Assert.Throws<TaskDiedException>(() => _table.Read(_machine, index, "f"));
        Assert.True(Assert.Single(_machine.Reports).Fatal);
        _machine.NoUnexpectedReports("BUG: unable to handle page fault in f");
    }

    [Fact]
    public void Read_TableWithoutEntries_IsOutOfBoundsAtZero()
    {
        var empty = new CTable("none", 4, ImmutableSortedDictionary<uint, ulong>.Empty);
        Assert.Equal(0UL, empty.Read(_machine, 0, "f"));
        _machine.NoUnexpectedReports("KASAN: global-out-of-bounds in f");
    }
}
