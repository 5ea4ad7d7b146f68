using IommuSim.Machine.Memory;

namespace IommuSim.Machine.Tests.Memory;

public sealed class UserAddressSpaceTests
{
    private const ulong Page = UserAddressSpace.PageSize;
    private const ulong Gigabyte = 1UL << 30;

    private readonly UserAddressSpace _space = new();

    [Fact]
    public void Map_TwoMappings_LeavesAnAbsentPageBetweenThem()
    {
        var first = _space.Map(Page + 1);
        var second = _space.Map(1);
        Assert.Equal(first + (3 * Page), second);
        Assert.Equal(1, _space.Read(second - 1, new byte[1]));
    }

    [Fact]
    public void Map_SameCalls_GivesTheSameAddresses()
    {
        var other = new UserAddressSpace();
        Assert.Equal(_space.Map(5000), other.Map(5000));
        Assert.Equal(_space.Map(1), other.Map(1));
    }

    [Fact]
    public void Map_ZeroLength_IsOnePage()
    {
        var address = _space.Map(0);
        Assert.Equal(0, _space.Read(address, new byte[Page]));
        Assert.Equal(1, _space.Read(address, new byte[Page + 1]));
    }

    [Fact]
    public void Write_CrossesTheEnd_ReachesTheLastByteAndAnswersTheRest()
    {
        var address = _space.Map(Page);
        Assert.Equal(3, _space.Write(address + Page - 2, [1, 2, 3, 4, 5]));
        var tail = new byte[2];
        Assert.Equal(0, _space.Read(address + Page - 2, tail));
        Assert.Equal([1, 2], tail);
    }

    [Theory]
    [InlineData(PageAccess.Absent, 4, 4)]
    [InlineData(PageAccess.ReadOnly, 0, 4)]
    [InlineData(PageAccess.ReadWrite, 0, 0)]
    public void Protect_EachAccess_LimitsReadsAndWrites(PageAccess access, int read, int write)
    {
        var address = _space.Map(Page);
        _space.Protect(address, access);
        Assert.Equal(read, _space.Read(address, new byte[4]));
        Assert.Equal(write, _space.Write(address, new byte[4]));
        Assert.Equal((ulong)write, _space.Clear(address, 4));
    }

    [Fact]
    public void Protect_AbsentAndBack_KeepsTheContent()
    {
        var address = _space.Map(Page, fill: 9);
        _space.Protect(address, PageAccess.Absent);
        _space.Protect(address, PageAccess.ReadOnly);
        var bytes = new byte[1];
        Assert.Equal(0, _space.Read(address, bytes));
        Assert.Equal(9, bytes[0]);
    }

    [Fact]
    public void Protect_AddressOutsideEveryMapping_IsRefused() =>
        Assert.Throws<ArgumentException>(() => _space.Protect(0, PageAccess.ReadOnly));

    [Theory]
    [InlineData(0UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 3)]
    public void Read_AtEitherEndOfTheAddresses_ReadsNothing(ulong address)
    {
        _space.Map(Page);
        Assert.Equal(8, _space.Read(address, new byte[8]));
        Assert.Equal(8, _space.Write(address, new byte[8]));
        Assert.Equal(8UL, _space.Clear(address, 8));
        Assert.Equal(ZeroScan.Fault, _space.ScanForNonZero(address, 8));
    }

    [Fact]
    public void ScanForNonZero_NothingToScan_IsAllZeroEvenWithoutMemory() =>
        Assert.Equal(ZeroScan.AllZero, _space.ScanForNonZero(0, 0));

    [Fact]
    public void ScanForNonZero_NonZeroByteBeforeTheAbsentPage_IsFoundFirst()
    {
        var address = _space.Map(Page);
        _space.Write(address + Page - 1, [1]);
        Assert.Equal(ZeroScan.NonZero, _space.ScanForNonZero(address, Page + 1));
        Assert.Equal(ZeroScan.Fault, _space.ScanForNonZero(address + Page, 1));
    }

    /// <summary>A table of pages covers 2 MiB.</summary>
    [Fact]
    public void Clear_AcrossTables_LeavesTheFillOnBothSides()
    {
        const ulong Table = 2 << 20;
        var address = _space.Map(3 * Table, fill: 7);
        Assert.Equal(0, _space.Write(address + Table - 1, [1, 2]));
        var read = new byte[4];
        Assert.Equal(0, _space.Read(address + Table - 2, read));
        Assert.Equal([7, 1, 2, 7], read);

        Assert.Equal(0ul, _space.Clear(address + Table - 1, Table + 2));
        Assert.Equal(ZeroScan.AllZero, _space.ScanForNonZero(address + Table - 1, Table + 2));
        Assert.Equal(ZeroScan.NonZero, _space.ScanForNonZero(address + Table - 2, 2));
        Assert.Equal(ZeroScan.NonZero, _space.ScanForNonZero(address + (2 * Table), 2));
    }

    [Fact]
    public void ScanForNonZero_GigabyteOfZeroes_IsScannedWithoutMakingItsPages()
    {
        var address = _space.Map(Gigabyte);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var all = _space.ScanForNonZero(address, Gigabyte);
        var oneMore = _space.ScanForNonZero(address, Gigabyte + 1);
        var left = _space.Clear(address, Gigabyte);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((ZeroScan.AllZero, ZeroScan.Fault, 0UL), (all, oneMore, left));
        Assert.InRange(allocated, 0, (long)Gigabyte / 1000);
    }

    [Fact]
    public void Clear_WholePagesOfAFill_TurnsThemToZero()
    {
        var address = _space.Map(3 * Page, fill: 0xff);
        Assert.Equal(0UL, _space.Clear(address + 1, (3 * Page) - 2));
        Assert.Equal(ZeroScan.AllZero, _space.ScanForNonZero(address + 1, (3 * Page) - 2));
        Assert.Equal(ZeroScan.NonZero, _space.ScanForNonZero(address, 1));
        Assert.Equal(ZeroScan.NonZero, _space.ScanForNonZero(address + (3 * Page) - 1, 1));
    }

    /// <summary>A page keeps what it has up to the last byte written, and a TLB holds what is kept.</summary>
    [Fact]
    public void Write_FurtherIntoAPage_IsSeenByEveryLaterAccess()
    {
        var address = _space.Map(Page, fill: 7);
        _space.Write(address, [1]);
        Assert.True(_space.Tlb.TryTranslate(address, 1, out _));
        _space.Write(address + 3000, [2]);
        _space.Write(address, [3]);
        var read = new byte[Page];
        Assert.Equal(0, _space.Read(address, read));
        Assert.Equal(((byte)3, (byte)7, (byte)2, (byte)7), (read[0], read[1], read[3000], read[Page - 1]));
    }

    [Fact]
    public void Write_OneStruct_TakesLessThanItsPage()
    {
        var address = _space.Map(Page);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(0, _space.Write(address, stackalloc byte[72]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 72, 1000);
    }

    [Theory]
    [InlineData(0UL, 1UL, true)]
    [InlineData(0UL, 64UL, true)]
    [InlineData(63UL, 1UL, true)]
    [InlineData(0UL, 0UL, false)]
    [InlineData(1UL, ulong.MaxValue, false)]
    [InlineData(1UL, Page, false)]
    [InlineData(Page, 1UL, false)]
    [InlineData(ulong.MaxValue - Page + 1, 1UL, false)]
    public void TryTranslate_AfterAWrite_HoldsWhatIsKeptOfThatPage(ulong offset, ulong length, bool expected)
    {
        var address = _space.Map(Page);
        _space.Write(address, new byte[64]);
        Assert.Equal(expected, _space.Tlb.TryTranslate(unchecked(address + offset), length, out var bytes));
        Assert.Equal(expected ? (int)length : 0, bytes.Length);
    }

    [Fact]
    public void Replace_OnePageOfThree_LeavesTheOthersAndWhatWasThere()
    {
        var address = _space.Map(3 * Page, fill: 7);
        var before = _space.SourceOf(address + Page);
        _space.Replace(address + Page, Page, fill: 9);
        Assert.Equal([7, 9, 7], [ByteAt(address), ByteAt(address + Page), ByteAt(address + (2 * Page))]);
        var kept = new byte[1];
        Assert.Equal(0, before.Memory.Read(before.Offset, kept));
        Assert.Equal(7, kept[0]);
        Assert.NotEqual(before, _space.SourceOf(address + Page) with { Length = before.Length });
    }

    [Fact]
    public void Replace_PageThatTheTlbHolds_IsReadAnew()
    {
        var address = _space.Map(Page);
        _space.Write(address, [5]);
        _space.Replace(address, Page, fill: 9);
        Assert.Equal(9, ByteAt(address));
    }

    [Fact]
    public void Move_SomePages_TakesThemToANewAddress()
    {
        var address = _space.Map(3 * Page, fill: 7);
        _space.Write(address + Page, [5]);
        var before = _space.SourceOf(address + Page);
        var moved = _space.Move(address + Page, Page);
        Assert.Equal(5, ByteAt(moved));
        var after = _space.SourceOf(moved);
        Assert.Equal((before.Memory, before.Offset), (after.Memory, after.Offset));
        Assert.Equal(1, _space.Read(address + Page, new byte[1]));
        Assert.Equal([7, 7], [ByteAt(address), ByteAt(address + (2 * Page))]);
    }

    [Theory]
    [InlineData(0ul, 2ul, true)]
    [InlineData(1ul, 1ul, true)]
    [InlineData(1ul, 2ul, false)]
    [InlineData(2ul, 1ul, false)]
    public void IsOneMapping_PagesOfATwoPageMapping_AreThoseInside(ulong first, ulong pages, bool expected)
    {
        var address = _space.Map(2 * Page);
        Assert.Equal(expected, _space.IsOneMapping(address + (first * Page), pages * Page));
    }

    [Fact]
    public void Unmap_MiddleOfAMapping_LeavesBothEnds()
    {
        var address = _space.Map(3 * Page, fill: 7);
        _space.Unmap(address + Page, 1);
        Assert.Equal([0, 1, 0], Missing(address, address + Page, address + (2 * Page)));
    }

    [Fact]
    public void MapFile_TwoViewsOfOnePage_AreThatPage()
    {
        var file = _space.CreateFile(2 * Page, fill: 3);
        var all = _space.MapFile(file, 0, 2 * Page);
        var second = _space.MapFile(file, Page, Page);
        _space.Write(second, [5]);
        Assert.Equal([3, 5], [ByteAt(all), ByteAt(all + Page)]);
        var (one, other) = (_space.SourceOf(all + Page), _space.SourceOf(second));
        Assert.Equal((one.Memory, one.Offset), (other.Memory, other.Offset));
    }

    [Fact]
    public void MapFile_BehindTheEnd_IsThereUpToTheLastPage()
    {
        var file = _space.CreateFile(1, fill: 3);
        var address = _space.MapFile(file, 0, 2 * Page);
        Assert.Equal([0, 1], Missing(address + Page - 1, address + Page));
        Assert.Equal(Page, _space.Pinnable(address, 2 * Page, writable: true));
    }

    [Fact]
    public void ReplaceByFile_OverAPage_ShowsTheFileThere()
    {
        var file = _space.CreateFile(2 * Page, fill: 3);
        var address = _space.MapFile(file, 0, 2 * Page);
        _space.ReplaceByFile(address, file, Page, Page);
        _space.Write(address, [5]);
        Assert.Equal(5, ByteAt(address + Page));
    }

    [Fact]
    public void Fork_WritesOfEither_AreSeenInFilesAlone()
    {
        var own = _space.Map(Page, fill: 7);
        var shared = _space.MapFile(_space.CreateFile(Page, fill: 3), 0, Page);
        var child = _space.Fork();
        _space.Write(own, [5]);
        child.Write(shared, [6]);
        var seen = new byte[1];
        Assert.Equal(0, child.Read(own, seen));
        Assert.Equal(7, seen[0]);
        Assert.Equal(6, ByteAt(shared));
        Assert.NotEqual(_space.SourceOf(own).Memory, child.SourceOf(own).Memory);
        Assert.Equal(_space.SourceOf(shared).Memory, child.SourceOf(shared).Memory);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void FindFile_NoFile_IsNull(int descriptor)
    {
        _space.CreateFile(Page);
        Assert.Null(_space.FindFile(descriptor));
    }

    private byte ByteAt(ulong address)
    {
        var read = new byte[1];
        Assert.Equal(0, _space.Read(address, read));
        return read[0];
    }

    private int[] Missing(params ulong[] addresses) => [.. addresses.Select(a => _space.Read(a, new byte[1]))];

    [Fact]
    public void Empty_AnyAccess_Faults() => Assert.Equal(1, UserAddressSpace.Empty.Read(0x10000, new byte[1]));
}
