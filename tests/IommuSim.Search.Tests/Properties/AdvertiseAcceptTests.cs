using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Comparison;
using IommuSim.Search.Oracles;

namespace IommuSim.Search.Tests.Properties;

/// <summary>A type is allocated exactly when it is listed, where there is a list.</summary>
public sealed class AdvertiseAcceptTests
{
    [Theory]
    [InlineData("idea/ops-hwpt-type")]
    [InlineData("v1/smmuv3/fixed")]
    public void Differences_KernelThatKeepsItsPromise_FindsNone(string kernel)
    {
        var difference = FirstDifference(kernel);
        Assert.True(difference is null, $"{kernel}: {difference}");
    }

    /// <summary>v1/08 has a list, but of no driver can it be read without going out of bounds.</summary>
    [Theory]
    [InlineData("v1/08")]
    [InlineData("v2")]
    [InlineData("v3")]
    [InlineData("linux-6.8/fixed")]
    public void Differences_KernelWithoutAReadableList_AsksNothing(string kernel) =>
        Assert.Null(FirstDifference(kernel));

    /// <summary>A property over no list would hold for nothing.</summary>
    [Theory]
    [InlineData("v1/smmuv3/fixed")]
    [InlineData("idea/ops-hwpt-type")]
    [InlineData("idea/bit-ull")]
    public void GetHwInfo_KernelWithAList_AdvertisesToSomeDriver(string kernel)
    {
        var node = KernelTree.Find(kernel)!;
        Assert.Contains(
            node.Spec.Drivers,
            d =>
                new HwptProbe(() => node.Boot(), node.Spec, node.Build, d.Name).GetHwInfo()
                    is { HasList: true, List: not null }
        );
    }

    [Theory]
    [InlineData("rfc", "mock 0 is listed and refused")]
    [InlineData("v1/09", "mock 64 is accepted and not listed")]
    [InlineData("v1/12", "mock 64 is accepted and not listed")]
    [InlineData("v1/vtd", "mock 64 is accepted and not listed")]
    [InlineData("v1/smmuv3", "mock 64 is accepted and not listed")]
    [InlineData("idea/bit-ull", "mock 31 is accepted and not listed")]
    [InlineData("idea/ops-hwpt-types", "mock 64 is accepted and not listed")]
    [InlineData("idea/iommufd-data", "mock 195935983 is accepted and not listed")]
    public void Differences_DesignWithAHole_FindsTheSmallestType(string kernel, string expected)
    {
        var difference = FirstDifference(kernel);
        Searched.Print($"{kernel}: {difference}");
        Assert.Equal(expected, difference);
    }

    private static string? FirstDifference(string kernel)
    {
        var node = KernelTree.Find(kernel)!;
        foreach (var (driver, type, listed) in AdvertiseAccept.Differences(node.Spec, node.Build))
        {
            var what = listed ? "listed and refused" : "accepted and not listed";
            return string.Create(CultureInfo.InvariantCulture, $"{driver} {type} is {what}");
        }

        return null;
    }
}
