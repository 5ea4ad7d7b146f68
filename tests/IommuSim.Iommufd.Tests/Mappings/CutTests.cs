using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>Areas are split for VFIO's old interface alone; the function stands by itself.</summary>
public sealed class CutTests
{
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;

    private readonly UserProgram _program = new("linux-7.3");
    private readonly Ioas _ioas;
    private readonly ulong _memory;

    public CutTests()
    {
        _ioas = (Ioas)_program.Context.Objects.Find(_program.Ioas())!;
        _memory = _program.Memory.Map(4 * Page);
    }

    [Fact]
    public void Cut_SmallPages_LeavesTwoAreasThatAreUnmappedAlone()
    {
        _program.Expect(Errno.OK, _program.SetHugePages(_ioas.Id, 0));
        var (_, _, hwpt) = _program.MockDomain(_ioas.Id);
        Map(4 * Page);
        Assert.Equal(Errno.OK, Cut(Iova + Page - 1));
        Assert.Equal(2, _ioas.Iopt.Areas.Count);
        _program.Expect(Errno.OK, _program.Unmap(_ioas.Id, Iova, Page));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory, Page, 0));
        _program.Expect(Errno.OK, _program.CheckRefs(_memory + Page, 3 * Page, 1));
        var rest = _program.CheckMap(hwpt, Iova + Page, _memory + Page, 3 * Page);
        _program.Expect(Errno.OK, rest);
        _program.Finish();
    }

    [Fact]
    public void Cut_LargePagesInADomain_IsRefused()
    {
        _program.MockDomain(_ioas.Id);
        Map(2 * Page);
        Assert.Equal(Errno.EINVAL, Cut(Iova + Page - 1));
        Assert.Equal(1, _ioas.Iopt.Areas.Count);
        _program.Finish();
    }

    [Fact]
    public void Cut_NotAligned_IsRefused()
    {
        _program.Expect(Errno.OK, _program.SetHugePages(_ioas.Id, 0));
        Map(2 * Page);
        Assert.Equal(Errno.EINVAL, Cut(Iova + Page));
        _program.Finish();
    }

    [Fact]
    public void Cut_AtTheEndsOrNowhere_DoesNothing()
    {
        Map(2 * Page);
        Assert.Equal(Errno.OK, Cut(Iova, Iova + (2 * Page) - 1, Iova + (8 * Page)));
        Assert.Equal(1, _ioas.Iopt.Areas.Count);
        _program.Finish();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Cut_WithoutMemory_LeavesOneArea(int nth)
    {
        Map(2 * Page);
        _program.Machine.Decisions.Inject(Machine.DecisionKind.Allocation, nth);
        Assert.Equal(Errno.ENOMEM, Cut(Iova + Page - 1));
        _program.Machine.Decisions.Inject(Machine.DecisionKind.Allocation, 0);
        Assert.Equal(1, _ioas.Iopt.Areas.Count);
        _program.Finish();
    }

    private void Map(ulong length) => _program.Expect(Errno.OK, _program.MapAt(_ioas.Id, Iova, _memory, length));

    private Errno Cut(params ulong[] lastIovas) => _program.Run(() => _ioas.Iopt.Cut(lastIovas)).Errno;
}
