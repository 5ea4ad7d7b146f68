using IommuSim.Source.Execution;

namespace IommuSim.Source.Tests.Provided;

/// <summary>Memory that one kernel gives up and the next one takes.</summary>
public sealed class KernelMemoryTests
{
    private const ulong Far = MemoryMap.Physical + (1 << 20);

    [Fact]
    public void Copy_AfterARelease_HasNothingOfTheOtherKernel()
    {
        var image = new KernelMemory(1 << 16);
        var first = image.Copy();
        first.Open(Far, 64, isSet: true);
        first.Store64(Far, -1, 0);
        first.Release();

        var second = image.Copy();
        second.Open(Far + 4096, 64, isSet: true);
        Assert.Equal(Poison.Wild, second.PoisonAt(Far));
        second.Open(Far, 64, isSet: false);
        Assert.Equal(0UL, second.LoadTracked(Far, 8, 0, out var unset));
        Assert.Equal(ulong.MaxValue, unset);
    }

    [Fact]
    public void Release_LeavesNoMemory()
    {
        var memory = new KernelMemory(1 << 16).Copy();
        memory.Open(MemoryMap.Physical, 64, isSet: true);
        memory.Release();
        memory.Release();
        Assert.False(memory.IsOurs(MemoryMap.Physical, 1));
        Assert.Equal(Poison.Wild, memory.PoisonAt(MemoryMap.Physical));
    }
}
