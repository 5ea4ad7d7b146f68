using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class MapleTreesTests
{
    private const ulong Page = 0x1000;

    private readonly TinyKernel _kernel = new();
    private readonly ulong _tree;
    private readonly ulong _start;

    public MapleTreesTests()
    {
        _tree = _kernel.Allocate(16);
        _start = _kernel.Allocate(8);
    }

    [Fact]
    public void AllocateRange_FindsTheLowestGap()
    {
        Assert.Equal(0x1000UL, Allocate(0x11, 2 * Page));
        Assert.Equal(0x3000UL, Allocate(0x22, Page));
        Assert.Equal(0x11UL, MapleTrees.Erase(_kernel.Cpu, _tree, 0x2fff));
        Assert.Equal(0x4000UL, Allocate(0x33, 3 * Page));
        Assert.Equal(0x1000UL, Allocate(0x44, Page));
        Assert.Equal(0x22UL, MapleTrees.Load(_kernel.Cpu, _tree, 0x3001));
        Assert.Equal(0UL, MapleTrees.Load(_kernel.Cpu, _tree, 0x2000));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void AllocateRange_Refusals_AreThoseOfLinux()
    {
        Assert.Equal(-22, Try(0, Page, 0x4fff));
        Assert.Equal(-22, Try(0x5000, Page, 0x4fff));
        Assert.Equal(-22, Try(Page, 0x5000, 0x4fff));
        Assert.Equal(0, Try(4 * Page, Page, 0x4fff));
        Assert.Equal(-16, Try(Page, Page, 0x4fff));
    }

    [Fact]
    public void Erase_Last_LeavesAnEmptyTree()
    {
        Allocate(0x11, Page);
        Assert.NotEqual(0, _kernel.Cpu.Memory.Load64(_tree + 8, 1));
        MapleTrees.Erase(_kernel.Cpu, _tree, 0x1000);
        Assert.Equal(0, _kernel.Cpu.Memory.Load64(_tree + 8, 1));
        Assert.Equal(0UL, MapleTrees.Erase(_kernel.Cpu, _tree, 0x1000));
    }

    private ulong Allocate(ulong entry, ulong size)
    {
        Assert.Equal(0, MapleTrees.AllocateRange(_kernel.Cpu, _tree, _start, entry, size, Page, ulong.MaxValue, 0));
        return (ulong)_kernel.Cpu.Memory.Load64(_start, 1);
    }

    private int Try(ulong size, ulong min, ulong max) =>
        MapleTrees.AllocateRange(_kernel.Cpu, _tree, _start, 0x11, size, min, max, 0);
}
