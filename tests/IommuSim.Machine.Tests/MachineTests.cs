using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests;

public sealed class MachineTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);

    [Fact]
    public void WarnOn_TrueTwice_ReportsTwice()
    {
        Assert.True(_machine.WarnOn(true, "f", "users"));
        Assert.True(_machine.WarnOn(true, "f", "users"));
        _machine.NoUnexpectedReports("WARNING in f", "WARNING in f");
    }

    [Fact]
    public void WarnOn_False_IsSilent()
    {
        Assert.False(_machine.WarnOn(false, "f", "users"));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void WarnOnOnce_TrueTwice_ReportsOnceAndAnswersTwice()
    {
        Assert.True(_machine.WarnOnOnce(true, "f", "users"));
        Assert.True(_machine.WarnOnOnce(true, "f", "users"));
        _machine.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void WarnOnOnce_FalseFirst_DoesNotSpendTheReport()
    {
        Assert.False(_machine.WarnOnOnce(false, "f", "users"));
        Assert.True(_machine.WarnOnOnce(true, "f", "users"));
        _machine.NoUnexpectedReports("WARNING in f");
    }

    [Theory]
    [InlineData("g", "users")]
    [InlineData("f", "parent")]
    [InlineData("fu", "sers")]
    public void WarnOnOnce_AnotherPlace_ReportsToo(string function, string detail)
    {
        _machine.WarnOnOnce(true, "f", "users");
        _machine.WarnOnOnce(true, function, detail);
        _machine.NoUnexpectedReports("WARNING in f", $"WARNING in {function}");
    }

    [Fact]
    public void WarnOnOnce_AnotherMachine_ReportsToo()
    {
        var other = new KernelMachine(BuildSwitches.Default);
        _machine.WarnOnOnce(true, "f", "users");
        other.WarnOnOnce(true, "f", "users");
        other.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void Oops_AnyKind_IsFatalAndNamesTheRunningTask()
    {
        _machine.Enter(new KernelTask("P3", UserAddressSpace.Empty));
        var death = _machine.Oops(ReportKind.PageFault, "f", "bad");
        var report = Assert.Single(_machine.Reports);
        Assert.Equal(("P3", true), (report.Task, report.Fatal));
        Assert.Equal(report.Title, death.Message);
        _machine.NoUnexpectedReports("BUG: unable to handle page fault in f");
    }

    [Fact]
    public void Enter_BuriedTask_IsRefused()
    {
        var task = new KernelTask("P0", UserAddressSpace.Empty);
        _machine.Enter(task);
        _machine.Bury();
        Assert.True(task.Dead);
        Assert.Throws<InvalidOperationException>(() => _machine.Enter(task));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Unset_StackNotZeroed_IsReportedAndYieldsWhatWasChosen()
    {
        _machine.Decisions.Use(new ScriptedSource(1), [DecisionKind.Garbage]);
        Assert.Equal(7UL, _machine.Unset("f", "rc", [3, 7]));
        Assert.Equal("rc is used but was never set", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("KMSAN: uninit-value in f");
    }

    [Fact]
    public void Unset_ZeroedStack_IsZeroInSilence()
    {
        var machine = new KernelMachine(new BuildSwitches(ZeroedStack: true));
        Assert.Equal(0UL, machine.Unset("f", "rc", [3, 7]));
        machine.NoUnexpectedReports();
    }

    [Fact]
    public void DriverRefuses_SecondOpInjected_RefusesThatOne()
    {
        _machine.Decisions.Inject(DecisionKind.DriverOp, 2);
        Assert.False(_machine.DriverRefuses("attach_dev"));
        Assert.True(_machine.DriverRefuses("attach_dev"));
        _machine.NoUnexpectedReports();
    }
}
