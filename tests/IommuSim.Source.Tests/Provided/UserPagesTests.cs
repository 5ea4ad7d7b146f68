using IommuSim.Machine.Memory;
using IommuSim.Source.Provided;
using IommuSim.Testing;
using UserPages = IommuSim.Source.Provided.UserPages;

namespace IommuSim.Source.Tests.Provided;

public sealed class UserPagesTests
{
    private const ulong Page = UserAddressSpace.PageSize;
    private const uint Write = 1;

    private readonly TinyKernel _kernel = new();
    private readonly ulong _user;
    private readonly ulong _list;

    public UserPagesTests()
    {
        _user = _kernel.Memory.Map(2 * Page);
        _list = _kernel.Allocate(64);
    }

    [Fact]
    public void PinFast_BehindTheLastPage_IsShort()
    {
        Assert.Equal(2, UserPages.PinFast(_kernel.Cpu, _user, 4, Write, _list));
        Assert.Equal(-14, UserPages.PinFast(_kernel.Cpu, _user + (2 * Page), 1, Write, _list));
        Assert.Equal(-75, UserPages.PinFast(_kernel.Cpu, ulong.MaxValue, 1, Write, _list));
    }

    [Fact]
    public void PinFast_ReadOnlyPage_IsThereToRead()
    {
        _kernel.Memory.Protect(_user, PageAccess.ReadOnly);
        Assert.Equal(-14, UserPages.PinFast(_kernel.Cpu, _user, 1, Write, _list));
        Assert.Equal(1, UserPages.PinFast(_kernel.Cpu, _user, 1, 0, _list));
    }

    [Fact]
    public void PinFast_TwoPages_AreNeighboursThatLeadBackToTheirAddresses()
    {
        UserPages.PinFast(_kernel.Cpu, _user + 5, 2, 0, _list);
        var first = _kernel.Source.PageStructs.FrameOf((ulong)_kernel.Cpu.Memory.Load64(_list, 1));
        var second = _kernel.Source.PageStructs.FrameOf((ulong)_kernel.Cpu.Memory.Load64(_list + 8, 1));
        Assert.Equal(first + 1, second);
        Assert.True(_kernel.Source.Machine.PhysicalMemory.TryFind((second * Page) + 7, out var space, out var address));
        var source = _kernel.Memory.SourceOf(_user + Page + 7);
        Assert.Equal((source.Memory, source.Offset), (space, address));
    }

    [Fact]
    public void Pins_AreSeenInTheCountOfThePage()
    {
        UserPages.PinFast(_kernel.Cpu, _user, 1, 0, _list);
        UserPages.GetFast(_kernel.Cpu, _user, 1, 0, _list);
        var page = (ulong)_kernel.Cpu.Memory.Load64(_list, 1);
        Assert.Equal(1026, _kernel.Cpu.Memory.Load32(page + 52, 1));
        _kernel.Cpu.Memory.Store32(page + 52, 1025, 1);
        UserPages.Unpin(_kernel.Cpu, page);
        Assert.Equal(1, _kernel.Cpu.Memory.Load32(page + 52, 1));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void Unpin_Twice_IsReported()
    {
        UserPages.PinFast(_kernel.Cpu, _user, 1, 0, _list);
        UserPages.UnpinAll(_kernel.Cpu, _list, 1);
        UserPages.UnpinAll(_kernel.Cpu, _list, 1);
        Assert.Single(_kernel.Machine.Reports);
    }

    [Fact]
    public void PageStruct_KeepsWhatTheCWrites()
    {
        var structs = _kernel.Source.PageStructs;
        var page = structs.OfAddress(_list);
        Assert.Equal(0, _kernel.Cpu.Memory.Load64(page + 8, 1));
        _kernel.Cpu.Memory.Store64(page + 8, 0x1234, 1);
        Assert.Equal(0x1234, _kernel.Cpu.Memory.Load64(page + 8, 1));
        Assert.Equal(-1, _kernel.Cpu.Memory.Load32(page + 48, 1));
        Assert.Equal(1, _kernel.Cpu.Memory.Load32(page + 52, 1));
        structs.Forget(page);
        Assert.Equal(0, _kernel.Cpu.Memory.Load64(page + 8, 1));
    }
}
