using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>Which pages of a hwpt were written to, as IOMMU_HWPT_GET_DIRTY_BITMAP says it.</summary>
public sealed class DirtyTrackingTests
{
    private const ulong Iova = DirtyProgram.Iova;
    private const ulong Page = MapProgram.PageSize;
    private const ulong Small = MapProgram.MockPage;
    private const ulong Huge = 1UL << 20;

    public static TheoryData<string> Kernels => ["linux-6.12", "linux-7.3"];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Get_WrittenPage_IsReportedOnce(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova + Small);
        Assert.NotEmpty(dirty.Read(Iova, Page, keeps: true));
        Assert.NotEmpty(dirty.Read(Iova, Page));
        Assert.Empty(dirty.Read(Iova, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [InlineData("linux-6.12", new[] { 1 })]
    [InlineData("linux-7.3", new[] { 0, 1 })]
    public void Get_PageOfTheMock_ReportsTheEntryThatHoldsIt(string kernel, int[] bits)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova + Small);
        Assert.Equal(bits, dirty.Read(Iova, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [InlineData(Small, new[] { 4, 5 })]
    [InlineData(Page, new[] { 2 })]
    [InlineData(2 * Page, new[] { 1 })]
    public void Get_OtherPageSizes_SetTheBitOfThePageThatHoldsIt(ulong pageSize, int[] bits)
    {
        var dirty = Tracked("linux-7.3", 4 * Page, skew: Page);
        dirty.WriteAt(Iova + (2 * Page));
        Assert.Equal(bits, dirty.Read(Iova, 4 * Page, pageSize));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_SizeThatIsNoPowerOfTwo_IsAMaskAndItsLowestBitThePage()
    {
        var dirty = Tracked("linux-7.3", 4 * Page, skew: Page);
        dirty.WriteAt(Iova + Page);
        Assert.Equal([2, 3], dirty.Read(Iova, 4 * Page, 3 * Small));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_LargeEntry_IsReportedWhole()
    {
        var dirty = Tracked("linux-7.3", 16 * Page);
        dirty.WriteAt(Iova + (9 * Page));
        Assert.Equal(Enumerable.Range(0, 16), dirty.Read(Iova, 16 * Page, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [InlineData(1, new[] { 0 })]
    [InlineData(3, new[] { 1, 2 })]
    [InlineData(4, new[] { 3, 4, 5, 6 })]
    [InlineData(9, new[] { 7, 8 })]
    [InlineData(10, new[] { 9 })]
    public void Get_RunThatIsNotAligned_HasEntriesAsLargeAsFit(int written, int[] bits)
    {
        var dirty = Tracked("linux-7.3", 10 * Page, start: Iova + Page);
        dirty.WriteAt(Iova + ((ulong)written * Page));
        Assert.Equal(bits, dirty.Read(Iova + Page, 10 * Page, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_SmallPages_ReportPageByPage()
    {
        var dirty = new DirtyProgram("linux-7.3");
        dirty.Program.Expect(Errno.OK, dirty.Program.SetHugePages(dirty.Ioas, 0));
        dirty.Map(Iova, 16 * Page);
        dirty.Track();
        dirty.WriteAt(Iova + (9 * Page));
        Assert.Equal([9], dirty.Read(Iova, 16 * Page, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_HugePagesOf612_AreReportedWhole()
    {
        var dirty = new DirtyProgram("linux-6.12", isHuge: true);
        dirty.Map(Iova - Page, (2 * Huge) + Page);
        dirty.Track();
        dirty.WriteAt(Iova + Huge);
        dirty.WriteAt(Iova - Page);
        Assert.Equal([0, .. Enumerable.Range(257, 255)], dirty.Read(Iova - Page, (2 * Huge) + Page, Page));
        Assert.Empty(dirty.Read(Iova - Page, (2 * Huge) + Page, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_InsideAHugePageOf612_RecordsFromThereOn()
    {
        var dirty = new DirtyProgram("linux-6.12", isHuge: true);
        dirty.Map(Iova, Huge + (4 * Page));
        dirty.Track();
        dirty.WriteAt(Iova);
        dirty.WriteAt(Iova + Huge);
        dirty.WriteAt(Iova + Huge + (3 * Page));
        Assert.Equal(Enumerable.Range(0, 256), dirty.Read(Iova + (2 * Page), 2 * Page, Page));
        Assert.Equal([1], dirty.Read(Iova + Huge + (2 * Page), 2 * Page, Page));
        Assert.Equal([0], dirty.Read(Iova + Huge, Page, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_EntryThatBeginsBeforeTheRange_IsClearedAndNotReported()
    {
        var dirty = Tracked("linux-7.3", 16 * Page);
        dirty.WriteAt(Iova);
        Assert.Empty(dirty.Read(Iova + (8 * Page), 8 * Page, Page));
        Assert.Empty(dirty.Read(Iova, 16 * Page, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_EntryThatEndsBehindTheRange_SetsBitsBehindThoseOfTheRange()
    {
        var dirty = Tracked("linux-7.3", 16 * Page);
        dirty.WriteAt(Iova);
        Assert.Equal(Enumerable.Range(0, 16), dirty.Read(Iova, 4 * Page, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Set_On_ForgetsWhatWasWrittenBefore(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova);
        dirty.Track();
        Assert.Empty(dirty.Read(Iova, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [InlineData("linux-6.12", false)]
    [InlineData("linux-7.3", true)]
    public void Get_TrackingOff_IsOkAndKnowsOfBefore(string kernel, bool isReported)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova);
        dirty.Program.Expect(Errno.OK, dirty.Tracking(0));
        Assert.Equal(isReported, dirty.Read(Iova, Page).Length > 0);
        dirty.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Get_BehindAHole_IsNotLookedAt(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.Map(Iova + (2 * Page), Page);
        dirty.WriteAt(Iova);
        dirty.WriteAt(Iova + (2 * Page));
        Assert.Equal([0], dirty.Read(Iova, 4 * Page, Page));
        Assert.Equal([0], dirty.Read(Iova + (2 * Page), Page, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Get_AcrossTwoAreas_ReportsBoth(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.Map(Iova + Page, 2 * Page);
        dirty.WriteAt(Iova);
        dirty.WriteAt(Iova + (2 * Page));
        Assert.Equal([0, 2], dirty.Read(Iova, 3 * Page, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Get_BitmapNowhere_IsOkAndTheBitsAreLost(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova);
        dirty.Program.Expect(Errno.OK, dirty.Get(Iova, Page, Small, 0));
        Assert.Empty(dirty.Read(Iova, Page));
        dirty.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Get_BitmapReadOnly_IsOkAndNothingIsWritten(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova);
        var bitmap = dirty.Program.Memory.Map(Page, PageAccess.ReadOnly);
        dirty.Program.Expect(Errno.OK, dirty.Get(Iova, Page, Small, bitmap));
        Assert.Empty(dirty.BitsAt(bitmap, 64));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_HalfOfTheBitmapThere_SetsWhatIsThere()
    {
        var dirty = new DirtyProgram("linux-7.3");
        dirty.Map(Iova, 64 * Page);
        dirty.Map(Iova + (64 * Page), 64 * Page);
        dirty.Track();
        dirty.WriteAt(Iova);
        dirty.WriteAt(Iova + (64 * Page));
        var end = dirty.Program.Memory.Map(Page) + Page;
        dirty.Program.Expect(Errno.OK, dirty.Get(Iova, 128 * Page, Page, end - 8));
        Assert.Equal(Enumerable.Range(0, 64), dirty.BitsAt(end - 8, 8));
        Assert.Empty(dirty.Read(Iova, 128 * Page, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_HoleInTheBitmap_LosesTheEntriesThere()
    {
        const ulong Pages = 3 * 8 * 4096;
        var dirty = new DirtyProgram("linux-7.3");
        dirty.Program.Expect(Errno.OK, dirty.Program.SetHugePages(dirty.Ioas, 0));
        dirty.Map(Iova, Pages * Page);
        dirty.Track();
        dirty.Write(Iova, Page, [.. Enumerable.Repeat(ulong.MaxValue, (int)Pages / 64)]);
        // Every mapping has an absent page behind it.
        var one = dirty.Program.Memory.Map(Page);
        var three = dirty.Program.Memory.Map(Page);
        Assert.Equal(one + (2 * Page), three);
        dirty.Program.Expect(Errno.OK, dirty.Get(Iova, Pages * Page, Page, one));
        Assert.Equal(8 * 4096, dirty.BitsAt(one, 4096).Length);
        Assert.Equal(8 * 4096, dirty.BitsAt(three, 4096).Length);
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_BitmapAtAnyByte_IsWrittenThereAlone()
    {
        var dirty = new DirtyProgram("linux-7.3");
        dirty.Program.Expect(Errno.OK, dirty.Program.SetHugePages(dirty.Ioas, 0));
        dirty.Map(Iova, 64 * Page);
        dirty.Track();
        dirty.WriteAt(Iova + (3 * Page));
        dirty.WriteAt(Iova + (17 * Page));
        var data = dirty.Program.Memory.Map(2 * Page);
        dirty.Program.Memory.Write(data + Page, [0x80]);
        dirty.Program.Expect(Errno.OK, dirty.Get(Iova, 64 * Page, Page, data + Page - 1));
        Assert.Equal([3, 15, 17], dirty.BitsAt(data + Page - 1, 8));
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_MoreThanOneWindowOfTheBitmap_ReachesTheEnd()
    {
        const ulong Length = 72UL << 30;
        const ulong Last = Iova + Length - Huge;
        var dirty = new DirtyProgram("linux-7.3");
        dirty.AllocateHugeTable();
        dirty.Map(Iova, Length);
        dirty.Track();
        dirty.WriteAt(Iova);
        dirty.WriteAt(Last);
        var data = dirty.Program.Memory.Map(Length / Page / 8);
        dirty.Program.Expect(Errno.OK, dirty.Get(Iova, Length, Page, data));
        Assert.Equal(Enumerable.Range(0, 256), dirty.BitsAt(data, 64));
        Assert.Equal(Enumerable.Range(256, 256), dirty.BitsAt(data + (Length / Page / 8) - 64, 64));
        Assert.Empty(dirty.BitsAt(data + (1 << 21), 64));
        dirty.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Unmap_WrittenPage_IsForgotten(string kernel)
    {
        var dirty = Tracked(kernel, Page);
        dirty.WriteAt(Iova);
        dirty.Program.Expect(Errno.OK, dirty.Program.Unmap(dirty.Ioas, Iova, Page));
        dirty.Map(Iova, Page);
        Assert.Empty(dirty.Read(Iova, Page));
        dirty.Program.Finish();
    }

    [Fact]
    public void Unmap_NothingWritten_KeepsNoRecordOfIt()
    {
        var dirty = Tracked("linux-7.3", Page);
        Assert.Empty(dirty.Read(Iova, Page));
        dirty.Program.Expect(Errno.OK, dirty.Program.Unmap(dirty.Ioas, Iova, Page));
        var hwpt = (HwPagetable)dirty.Program.Context.Objects.Find(dirty.Hwpt)!;
        Assert.Null(hwpt.Domain!.PageTable.Dirty);
        dirty.Program.Finish();
    }

    [Fact]
    public void Get_DomainOfVtd_TracksAndHasNothing()
    {
        var program = new UserProgram("linux-7.3");
        var idev = program.Bind("intel-vtd", settings: ("ssads", "yes"));
        var ioas = program.Ioas();
        const uint Flags = Uapi.HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        var hwpt = program.Must(program.HwptAlloc(idev.Id, ioas, Flags), "out_hwpt_id");
        program.Expect(Errno.OK, program.MapAt(ioas, Iova, program.Memory.Map(Page), Page));
        program.Expect(Errno.OK, program.New("HWPT_SET_DIRTY_TRACKING").With("hwpt_id", hwpt).With("flags", 1));
        var get = program
            .New("HWPT_GET_DIRTY_BITMAP")
            .With("hwpt_id", hwpt)
            .With("iova", Iova)
            .With("length", Page)
            .With("page_size", Page)
            .With("data", program.DataPlace);
        program.Expect(Errno.OK, get);
        Assert.Equal(0UL, program.Get<ulong>(program.DataPlace));
        program.Unbind(idev);
        program.Finish();
    }

    [Theory]
    [InlineData("linux-6.12", 1)]
    [InlineData("linux-7.3", 2)]
    public void Write_PageThatIsNotMapped_CountsIn73(string kernel, ulong count)
    {
        var dirty = Tracked(kernel, Page);
        Assert.Equal(count, dirty.Write(Iova, Small, 0b101));
        dirty.Program.Finish();
    }

    [Fact]
    public void Write_OtherPageSizeOn612_IsAnotherPage()
    {
        var dirty = Tracked("linux-6.12", Page);
        dirty.Map(Iova / 2, Page);
        dirty.Write(Iova, Page, 1);
        Assert.Empty(dirty.Read(Iova, Page));
        Assert.Equal([0], dirty.Read(Iova / 2, Page));
        dirty.Program.Finish();
    }

    private static DirtyProgram Tracked(string kernel, ulong length, ulong skew = 0, ulong start = Iova)
    {
        var dirty = new DirtyProgram(kernel);
        dirty.Map(start, length, skew);
        dirty.Track();
        return dirty;
    }
}
