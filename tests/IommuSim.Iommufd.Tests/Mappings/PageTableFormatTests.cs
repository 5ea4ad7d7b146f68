using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>What the format of a domain's page table decides: how far it reaches, its pages, what it refuses.</summary>
public sealed class PageTableFormatTests
{
    private const uint None = 0;
    private const uint Parent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const ulong Page = MapProgram.PageSize;
    private const ulong Iova = MapProgram.ApertureStart;

    private readonly UserProgram _program = new("linux-7.3");

    [Theory]
    [InlineData("mock", "", None, 0x7fffffff, 0x1ffffff800)]
    [InlineData("intel-vtd", "", None, 0x7fffffffffff, 0x40201000)]
    [InlineData("intel-vtd", "sm=no", None, 0xffffffffffff, 0x40201000)]
    [InlineData("intel-vtd", "", Parent, 0xffffffffffff, 0x40201000)]
    [InlineData("intel-vtd", "width=39", None, 0x3fffffffff, 0x40201000)]
    [InlineData("intel-vtd", "width=39", Parent, 0x7fffffffff, 0x40201000)]
    [InlineData("intel-vtd", "width=57", None, 0x7fffffffffff, 0x40201000)]
    [InlineData("intel-vtd", "width=57 la57=yes", None, 0xffffffffffffff, 0x40201000)]
    [InlineData("intel-vtd", "width=57", Parent, 0x1ffffffffffffff, 0x40201000)]
    public void Domain_Format_DecidesReachAndPages(string driver, string settings, uint flags, ulong last, ulong pages)
    {
        var hwpt = Alloc(driver, settings, flags, out _);
        Assert.Equal((last, pages), (hwpt.Domain!.ApertureEnd, hwpt.Domain.PgsizeBitmap));
        _program.AssertNoReports();
    }

    [Theory]
    [InlineData("mock", "", Parent, Errno.OK)]
    [InlineData("intel-vtd", "", None, Errno.OK)]
    [InlineData("intel-vtd", "sm=no", None, Errno.OK)]
    [InlineData("intel-vtd", "ssads=yes", Dirty, Errno.OK)]
    [InlineData("intel-vtd", "", Parent, Errno.EINVAL)]
    [InlineData("intel-vtd", "ssads=yes", Parent | Dirty, Errno.EINVAL)]
    public void Map_ReadOnly_AsTheFormatTakesIt(string driver, string settings, uint flags, Errno expected)
    {
        Alloc(driver, settings, flags, out var ioas);
        var memory = _program.Memory.Map(Page);
        _program.Expect(expected, _program.MapAt(ioas, Iova, memory, Page, MapProgram.Readable));
        _program.Expect(Errno.OK, _program.MapAt(ioas, Iova + Page, memory, Page, MapProgram.Writeable));
        _program.AssertNoReports();
    }

    [Fact]
    public void Map_ReadOnlyAndWithoutMemoryForTables_IsRefusedFirst()
    {
        Alloc("intel-vtd", "", Parent, out var ioas);
        var readOnly = _program.MapAt(ioas, Iova, _program.Memory.Map(Page), Page, MapProgram.Readable);
        var writeable = _program.MapAt(ioas, Iova, _program.Memory.Map(Page), Page);
        FailTables();
        _program.Expect(Errno.EINVAL, readOnly);
        FailTables();
        _program.Expect(Errno.ENOMEM, writeable);
        _program.AssertNoReports();
    }

    [Fact]
    public void Map_ReadOnlyAndAbsent_FaultsFirst()
    {
        Alloc("intel-vtd", "", Parent, out var ioas);
        _program.Expect(Errno.EFAULT, _program.MapAt(ioas, Iova, 0x7000_0000_0000, Page, MapProgram.Readable));
        _program.AssertNoReports();
    }

    [Fact]
    public void Map_WithOneDomainThatRefuses_LeavesNothingInTheOther()
    {
        var (ioas, idev) = (_program.Ioas(), _program.Bind("intel-vtd"));
        var plain = Hwpt(_program.Must(_program.HwptAlloc(idev.Id, ioas), "out_hwpt_id"));
        _program.Must(_program.HwptAlloc(idev.Id, ioas, Parent), "out_hwpt_id");
        var memory = _program.Memory.Map(Page);
        _program.Expect(Errno.EINVAL, _program.MapAt(ioas, Iova, memory, Page, MapProgram.Readable));
        Assert.Equal(0, plain.Domain!.PageTable.RunCount);
        _program.AssertNoReports();
    }

    private HwPagetable Alloc(string driver, string settings, uint flags, out uint ioas)
    {
        ioas = _program.Ioas();
        var parsed = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('='));
        var idev = _program.Bind(driver, settings: [.. parsed.Select(s => (s[0], s[1]))]);
        return Hwpt(_program.Must(_program.HwptAlloc(idev.Id, ioas, flags), "out_hwpt_id"));
    }

    private HwPagetable Hwpt(uint id) => (HwPagetable)_program.Context.Objects.Find(id)!;

    /// <summary>Of one map: pages, an area, a batch and the pins have memory, the domain has none.</summary>
    private void FailTables() => _program.Machine.Decisions.Inject(DecisionKind.Allocation, 5);
}
