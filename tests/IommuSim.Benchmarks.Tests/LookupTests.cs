using IommuSim.Benchmarks.Lookup;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.Tests;

/// <summary>What is timed answers as its design does.</summary>
public sealed class LookupTests
{
    private const int Drivers = 16;

    public static TheoryData<string> Designs() => new(LookupDesign.All.Select(d => d.Method));

    [Theory]
    [MemberData(nameof(Designs))]
    public void Supports_TheDriversOwnType_IsTrue(string method)
    {
        using var memory = new LookupMemory(LookupWorkload.Random, Drivers);

        for (var driver = 0; driver < Drivers; driver++)
            Assert.Equal(method != nameof(LookupDesigns.BitUll), DesignOf(method).Supports(memory.CallOf(driver)));
    }

    [Theory]
    [MemberData(nameof(Designs))]
    public void Supports_TheTypeOfAnotherDriver_IsFalse(string method)
    {
        using var memory = new LookupMemory(LookupWorkload.Random, Drivers);
        var others = memory.CallOf(driver: 5).Type;

        Assert.False(DesignOf(method).Supports(memory.CallOf(driver: 9, others)));
    }

    [Fact]
    public void BitUll_TheNumberOfTheIommu_IsTakenForTheType()
    {
        using var memory = new LookupMemory(LookupWorkload.One, Drivers);

        Assert.True(
            DesignOf(nameof(LookupDesigns.BitUll))
                .Supports(memory.CallOf(driver: 0, HwInfoType.IOMMU_HW_INFO_TYPE_INTEL_VTD))
        );
    }

    [Fact]
    public void ArrayChecked_NumberOfTheMock_IsAskedForFirst()
    {
        using var memory = new LookupMemory(LookupWorkload.Sparse, Drivers);

        Assert.True(DesignOf(nameof(LookupDesigns.ArrayChecked)).Supports(memory.CallOf(driver: 1, type: 60)));
        Assert.False(
            LookupDesign.All.Single(d => d.Method == nameof(LookupDesigns.ArrayUnchecked)).Has(LookupWorkload.Sparse)
        );
    }

    private static LookupDesign DesignOf(string method) => LookupDesign.All.Single(d => d.Method == method);
}
