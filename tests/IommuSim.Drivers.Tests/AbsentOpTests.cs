namespace IommuSim.Drivers.Tests;

/// <summary>The made-up drivers lack exactly the op that they are named after.</summary>
public sealed class AbsentOpTests
{
    public static TheoryData<string> Generations => ["March2023", "V2", "V3", "V4", "Linux67", "Linux68"];

    [Theory]
    [MemberData(nameof(Generations))]
    public void NoHwInfo_Ops_AreThoseOfVtdWithoutHwInfo(string generation)
    {
        var model = DriverCatalog.Get($"IntelVtd.{generation}").Ops;
        var ops = DriverCatalog.Get($"NoHwInfo.{generation}").Ops;
        Assert.Null(ops.HwInfo);
        Assert.Equal(model, ops with { Name = model.Name, DriverType = model.DriverType, HwInfo = model.HwInfo });
    }

    [Theory]
    [MemberData(nameof(Generations))]
    public void NoUserAlloc_Ops_AreThoseOfVtdWithoutDomainAllocUser(string generation)
    {
        var model = DriverCatalog.Get($"IntelVtd.{generation}").Ops;
        var ops = DriverCatalog.Get($"NoUserAlloc.{generation}").Ops;
        Assert.Null(ops.DomainAllocUser);
        Assert.NotNull(ops.HwInfo);
        Assert.Equal(model, ops with { Name = model.Name, DomainAllocUser = model.DomainAllocUser });
    }
}
