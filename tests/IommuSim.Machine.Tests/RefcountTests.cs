using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

/// <summary>The wording is that of lib/refcount.c, which tools and people search for.</summary>
public sealed class RefcountTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);

    [Fact]
    public void Inc_CountIsZero_ReportsAdditionOnZeroAndSaturates()
    {
        var count = new Refcount(0);
        count.Inc(_machine, "iommufd_get");
        Assert.Equal(Refcount.Saturated, count.Value);
        _machine.NoUnexpectedReports("refcount_t: addition on 0; use-after-free in iommufd_get");
    }

    [Fact]
    public void Inc_CountIsTheMaximum_ReportsSaturatedAndSaturates()
    {
        var count = new Refcount(int.MaxValue);
        count.Inc(_machine, "iommufd_get");
        Assert.Equal(Refcount.Saturated, count.Value);
        _machine.NoUnexpectedReports("refcount_t: saturated; leaking memory in iommufd_get");
    }

    [Fact]
    public void Inc_AlreadySaturated_ReportsAgainAndStays()
    {
        var count = new Refcount(Refcount.Saturated);
        count.Inc(_machine, "iommufd_get");
        Assert.Equal(Refcount.Saturated, count.Value);
        Assert.Equal("the count was saturated", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("refcount_t: saturated; leaking memory in iommufd_get");
    }

    [Fact]
    public void IncNotZero_CountIsZero_RefusesInSilence()
    {
        var count = new Refcount(0);
        Assert.False(count.IncNotZero(_machine, "iommufd_get"));
        Assert.Equal(0, count.Value);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void DecAndTest_LastReference_IsTrueAndTheCountIsZero()
    {
        var count = new Refcount(2);
        Assert.False(count.DecAndTest(_machine, "iommufd_put"));
        Assert.True(count.DecAndTest(_machine, "iommufd_put"));
        Assert.Equal(0, count.Value);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void DecAndTest_CountIsZero_ReportsUnderflowAndIsFalse()
    {
        var count = new Refcount(0);
        Assert.False(count.DecAndTest(_machine, "iommufd_put"));
        Assert.Equal(Refcount.Saturated, count.Value);
        _machine.NoUnexpectedReports("refcount_t: underflow; use-after-free in iommufd_put");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(Refcount.Saturated)]
    public void Dec_CountIsAtMostOne_ReportsThatItHitZero(int value)
    {
        var count = new Refcount(value);
        count.Dec(_machine, "iommufd_put");
        Assert.Equal(Refcount.Saturated, count.Value);
        _machine.NoUnexpectedReports("refcount_t: decrement hit 0; leaking memory in iommufd_put");
    }

    [Fact]
    public void DecIfOne_OneReference_TakesIt()
    {
        var count = new Refcount(1);
        Assert.True(count.DecIfOne());
        Assert.Equal(0, count.Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(Refcount.Saturated)]
    public void DecIfOne_AnyOtherCount_LeavesIt(int value)
    {
        var count = new Refcount(value);
        Assert.False(count.DecIfOne());
        Assert.Equal(value, count.Value);
    }
}
