using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class ScatterListsTests
{
    private const ulong Size = 32;
    private readonly TinyKernel _kernel = new();

    [Fact]
    public void Next_OfTwoChainedArrays_FollowsTheChainToTheEnd()
    {
        var first = _kernel.Allocate(2 * Size);
        var second = _kernel.Allocate(2 * Size);
        _kernel.Cpu.Memory.Store64(first + Size, (long)(second | 1), 1);
        _kernel.Cpu.Memory.Store64(second + Size, 2, 1);
        Assert.Equal(second, ScatterLists.Next(_kernel.Cpu, first));
        Assert.Equal(second + Size, ScatterLists.Next(_kernel.Cpu, second));
        Assert.Equal(0UL, ScatterLists.Next(_kernel.Cpu, second + Size));
        _kernel.Machine.NoUnexpectedReports();
    }
}
