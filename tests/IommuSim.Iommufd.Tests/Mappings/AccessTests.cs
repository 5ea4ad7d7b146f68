using IommuSim.Iommufd.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>What the kernel pins for itself, as a hardware queue does.</summary>
public sealed class AccessTests
{
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;

    private readonly UserProgram _program = new("linux-7.3");
    private readonly List<ulong> _pages = [];
    private readonly Ioas _ioas;
    private readonly ulong _memory;

    public AccessTests()
    {
        var id = _program.Ioas();
        _ioas = (Ioas)_program.Context.Objects.Find(id)!;
        _memory = _program.Memory.Map(8 * Page);
    }

    [Fact]
    public void PinPages_AcrossTwoAreas_LocksBothAndNamesEveryPage()
    {
        Map(Iova, _memory, 2 * Page);
        Map(Iova + (2 * Page), _memory + (4 * Page), 2 * Page);
        var access = Attached();
        Assert.Equal(Errno.OK, Pin(access, Iova + Page, 2 * Page));

        var physical = _program.Machine.PhysicalMemory.AddressOf(_program.Memory, _memory);
        Assert.Equal([physical + Page, physical + (4 * Page)], _pages);
        _program.Expect(Errno.OK, _program.CheckRefs(_memory + Page, Page, 1));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory, Page, 0));
        _program.Expect(Errno.EBUSY, _program.Unmap(_ioas.Id, Iova, 2 * Page));
        _program.Expect(Errno.EBUSY, _program.UnmapAll(_ioas.Id));
        Run(() => access.UnpinPages(Iova + Page, 2 * Page));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory, 8 * Page, 0));
        Finish(access);
    }

    [Fact]
    public void PinPages_SameRangeTwice_IsHeldUntilBothAreGone()
    {
        Map(Iova, _memory, Page);
        var (one, two) = (Attached(), Attached());
        Assert.Equal(Errno.OK, Pin(one, Iova, Page));
        Assert.Equal(Errno.OK, Pin(two, Iova, Page));
        Run(() => one.UnpinPages(Iova, Page));
        _program.Expect(Errno.EBUSY, _program.Unmap(_ioas.Id, Iova, Page));
        Run(() => two.UnpinPages(Iova, Page));
        _program.Expect(Errno.OK, _program.Unmap(_ioas.Id, Iova, Page));
        Finish(one, two);
    }

    [Theory]
    [InlineData(0, 0, false, Errno.EINVAL)]
    [InlineData(0, 3, false, Errno.ENOENT)]
    [InlineData(6, 1, false, Errno.ENOENT)]
    [InlineData(2, 1, true, Errno.EPERM)]
    [InlineData(4, 1, false, Errno.EFAULT)]
    public void PinPages_BadRange_IsRefusedAndLeavesNothing(int page, int count, bool writes, Errno errno)
    {
        Map(Iova, _memory, 2 * Page);
        Map(Iova + (2 * Page), _memory, Page, MapProgram.Readable);
        Map(Iova + (4 * Page), 0x7000_0000_0000, Page);
        var access = Attached();
        var start = Iova + ((ulong)page * Page);
        if (page == 0 && count == 3)
            start += Page * 2;
        Assert.Equal(errno, Pin(access, start, (ulong)count * Page, writes));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory, 8 * Page, 0));
        _program.Expect(Errno.OK, _program.UnmapAll(_ioas.Id));
        Finish(access);
    }

    [Fact]
    public void PinPages_RangeThatWraps_IsAnOverflow()
    {
        var access = Attached();
        Assert.Equal(Errno.EOVERFLOW, Pin(access, ulong.MaxValue - Page, 2 * Page));
        Finish(access);
    }

    [Fact]
    public void Attach_AreaWithinAPage_IsRefused()
    {
        Map(Iova, _memory + 512, 512);
        var access = Made();
        Assert.Equal(Errno.EADDRINUSE, _program.Run(() => access.AttachTo(_ioas)).Errno);
        _program.Expect(Errno.OK, _program.UnmapAll(_ioas.Id));
        Finish(access);
    }

    [Fact]
    public void Access_WhileAttached_AlignsToPagesAndKeepsTheIoas()
    {
        var access = Attached();
        Assert.Equal(Page, _ioas.Iopt.IovaAlignment);
        _program.Expect(Errno.EBUSY, _program.Destroy(_ioas.Id));
        _program.Expect(Errno.EBUSY, _program.Destroy(access.Id));
        Run(access.Detach);
        Assert.Equal(1ul, _ioas.Iopt.IovaAlignment);
        Finish(access);
    }

    [Fact]
    public void PinPages_PagesOfADomain_ArePinnedOnce()
    {
        Map(Iova, _memory, 4 * Page);
        var (stdev, _, _) = _program.MockDomain(_ioas.Id);
        var access = Attached();
        Assert.Equal(Errno.OK, Pin(access, Iova, 2 * Page));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory, 4 * Page, 1));
        _program.Expect(Errno.OK, _program.Destroy(stdev));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory, 2 * Page, 1));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory + (2 * Page), 2 * Page, 0));
        Run(() => access.UnpinPages(Iova, 2 * Page));
        Finish(access);
    }

    private void Map(ulong iova, ulong va, ulong length, uint flags = MapProgram.Both) =>
        _program.Expect(Errno.OK, _program.MapAt(_ioas.Id, iova, va, length, flags));

    private Errno Pin(IommufdAccess access, ulong iova, ulong length, bool writes = false) =>
        _program.Run(() => access.PinPages(iova, length, writes, _pages)).Errno;

    private IommufdAccess Made()
    {
        IommufdAccess access = null!;
        _program.Run(() => IommufdAccess.Create(_program.Context, ops: null, out access));
        return access;
    }

    private IommufdAccess Attached()
    {
        var access = Made();
        Assert.Equal(Errno.OK, _program.Run(() => access.AttachTo(_ioas)).Errno);
        return access;
    }

    private void Run(Action action) =>
        _program.Run(() =>
        {
            action();
            return Errno.OK;
        });

    private void Finish(params IommufdAccess[] accesses)
    {
        foreach (var access in accesses)
            Run(access.DestroyUser);
        _program.Finish();
    }
}
