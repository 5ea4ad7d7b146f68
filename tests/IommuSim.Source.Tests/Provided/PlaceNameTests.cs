using IommuSim.Source.Execution;

namespace IommuSim.Source.Tests.Provided;

/// <summary>How diagrams name what is touched, and where.</summary>
public sealed class PlaceNameTests
{
    private readonly TinyKernel _kernel = new();

    [Fact]
    public void NameOf_ABlockOfTheSizeOfOneStruct_HasTheMember() =>
        Assert.Equal("device parent", NameOf(_kernel.Allocate(192) + 64));

    [Fact]
    public void NameOf_ABlockOfTheSizeOfManyStructs_HasWhoAllocatedIt() =>
        Assert.Equal("32 bytes of f+0x8", NameOf(_kernel.Allocate(32) + 8));

    [Fact]
    public void NameOf_AVariable_IsItsSymbol() => Assert.Equal("static_mutex+0x8", NameOf(TinyKernel.StaticMutex + 8));

    [Fact]
    public void Brief_OfAHeadersFunction_NamesTheOneThatItWasInlinedIn()
    {
        string[] strings = ["put", "include/linux/kref.h", "destroy", "drivers/iommu/main.c"];
        var sites = new SiteTable(strings, [default, new SitePlace(2, 3, 10, 0), new SitePlace(0, 1, 5, 1)]);
        Assert.Equal("destroy main.c:10", sites.Brief(2));
        Assert.Equal("destroy main.c:10", sites.Brief(1));
    }

    private string NameOf(ulong address) =>
        _kernel.Source.Points.NameOf(_kernel.Cpu, _kernel.Source.Points.PlaceOf(address));
}
