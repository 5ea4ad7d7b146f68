using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>Places that the kernel chooses, one by one; <see cref="MappingModelTests"/> draws them at random.</summary>
public sealed class AutomaticIovaTests
{
    private const ulong Page = MapProgram.PageSize;
    private const ulong Huge = 2 << 20;

    private readonly UserProgram _program = new("linux-7.3");
    private readonly uint _ioas;

    public AutomaticIovaTests() => _ioas = _program.Ioas();

    [Theory]
    [InlineData(0x7f00_0000_0000, 0x1000, 0x1000)]
    [InlineData(0x7f00_0000_0000, 0x3000, 0x4000)]
    [InlineData(0x7f00_0000_0000, 0x40_0000, 0x20_0000)]
    [InlineData(0x7f00_0020_0000, 0x100_0000, 0x20_0000)]
    [InlineData(0x7f00_0000_2000, 0x100_0000, 0x2000)]
    [InlineData(0x7f00_0000_0800, 0x1000, 0x1800)]
    [InlineData(0, 0x8000, 0x8000)]
    public void Map_EmptySpace_IsAlignedAsLengthAndMemoryAre(ulong va, ulong length, ulong iova)
    {
        Assert.Equal(iova, Place(va, length));
        _program.AssertNoReports();
    }

    [Fact]
    public void Map_TwoAllowedRangesThatTouch_AreOne()
    {
        Allow(Huge, Huge + Page - 1, Huge + Page, Huge + (2 * Page) - 1);
        Assert.Equal(Huge, Place(0, 2 * Page));
        _program.Expect(Errno.ENOSPC, _program.MapAnywhere(_ioas, 0, Page));
        _program.AssertNoReports();
    }

    [Fact]
    public void Map_OneByteIntoAHoleOfOne_FindsNoPlace()
    {
        Allow(Huge, Huge + 1);
        Assert.Equal(Huge, Place(0, 1));
        _program.Expect(Errno.ENOSPC, _program.MapAnywhere(_ioas, 0, 1));
        _program.Expect(Errno.OK, _program.MapAt(_ioas, Huge + 1, 0, 1));
        _program.AssertNoReports();
    }

    [Fact]
    public void Map_AllButTheEndsReserved_DoesNotWrapAround()
    {
        _program.Expect(Errno.OK, _program.AddReserved(_ioas, 6, 0xffffffffffff8001));
        _program.Expect(Errno.ENOSPC, _program.MapAnywhere(_ioas, Huge, 5 * Page));
        _program.AssertNoReports();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Page - 1)]
    public void Map_OutsideOfTheUsablePages_IsNeverAutomatic(ulong last)
    {
        Allow(0, last == 0 ? 1 : last);
        _program.Expect(Errno.ENOSPC, _program.MapAnywhere(_ioas, 0, 1));
        _program.AssertNoReports();
    }

    private ulong Place(ulong va, ulong length) => _program.MustGet(_program.MapAnywhere(_ioas, va, length), "iova");

    private void Allow(params ulong[] edges) => _program.Expect(Errno.OK, _program.Allow(_ioas, edges));
}
