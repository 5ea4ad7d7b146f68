using IommuSim.Bench;
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

    /// <summary>Where a design can express a table, it finds every type that a driver lists, and no other.</summary>
    [Theory]
    [MemberData(nameof(Designs))]
    public void Supports_WhatADriverOfATableLists_IsTrue(string method)
    {
        var design = DesignOf(method);
        LookupDriver[] drivers =
        [
            new("one", 7, [7]),
            new("default", 8, [0, 8]),
            new("two", 9, [4, 5]),
            new("large", 10, [0xbadbeef]),
            new("far", 0x10000, [11]),
            new("all", 12, [.. Enumerable.Range(0, 64).Select(i => (uint)i)]),
        ];
        foreach (var table in drivers.Select(driver => new LookupTable([new("first", 1, [1]), driver])))
        {
            if (!design.CanExpress(table))
                continue;
            using var memory = new LookupMemory(LookupWorkload.InTurn, table);
            Assert.All(table.Drivers[1].Asked, type => Assert.True(design.Supports(memory.CallOf(driver: 1, type))));
            Assert.False(design.Supports(memory.CallOf(driver: 0, type: 3)));
        }
    }

    private static LookupDesign DesignOf(string method) => LookupDesign.All.Single(d => d.Method == method);
}
