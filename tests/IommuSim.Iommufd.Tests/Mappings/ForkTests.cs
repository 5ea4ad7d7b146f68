using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>A child maps its own memory into the parent's file.</summary>
public sealed class ForkTests
{
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;

    private readonly UserProgram _program = new("linux-7.3");
    private readonly UserAddressSpace _child = new();
    private readonly uint _ioas;
    private readonly ulong _place;
    private readonly ulong _memory;

    public ForkTests()
    {
        _ioas = _program.Ioas();
        _place = _child.Map(Page);
        _memory = _child.Map(Page);
    }

    [Fact]
    public void Attach_ChildIsThere_PinsTheChildsPages()
    {
        MapInChild();
        var (_, _, hwpt) = _program.MockDomain(_ioas);
        Assert.Equal(Errno.OK, InChild(_program.CheckMap(hwpt, Iova, _memory, Page)));
        Assert.Equal(Errno.OK, InChild(_program.CheckRefs(_memory, Page, 1)));
        _program.Finish();
    }

    [Fact]
    public void Attach_ChildIsGone_HasNothingToPin()
    {
        MapInChild();
        _child.Protect(_memory, PageAccess.Absent);
        _program.Expect(Errno.EFAULT, _program.NewTest("MOCK_DOMAIN").With("id", _ioas));
        _program.Finish();
    }

    [Fact]
    public void Attach_ChildIsGoneButADomainHasItsPages_TakesThemFromThere()
    {
        var (_, idev, _) = _program.MockDomain(_ioas);
        MapInChild();
        _child.Protect(_memory, PageAccess.Absent);
        _program.Paging(idev, _ioas);
        _program.Finish();
    }

    [Fact]
    public void CheckMap_SameAddressInTheParent_IsAnotherPage()
    {
        var (_, _, hwpt) = _program.MockDomain(_ioas);
        MapInChild();
        var own = _program.CheckMap(hwpt, Iova, _program.DataPlace, Page);
        _program.Expect(Errno.EINVAL, own);
        _program.Finish();
    }

    private void MapInChild() => Assert.Equal(Errno.OK, InChild(_program.MapAt(_ioas, Iova, _memory, Page)));

    private Errno InChild(Request request)
    {
        _child.Write(_place, request.Bytes);
        var number = IoctlNumber.Request(request.Nr);
        var task = new KernelTask("P1", _child);
        return _program.Kernel.Ioctl(task, _program.Fd, number, _place).Errno;
    }
}
