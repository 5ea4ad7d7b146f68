using IommuSim.Machine.Locks;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Locks;

public sealed class LockdepTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly KernelMutex _a;
    private readonly KernelMutex _b;
    private readonly KernelMutex _c;

    public LockdepTests()
    {
        _a = new KernelMutex(_machine, LockNames.A);
        _b = new KernelMutex(_machine, LockNames.B);
        _c = new KernelMutex(_machine, LockNames.C);
        _machine.Enter(LockNames.Task("P0"));
    }

    [Fact]
    public void Acquiring_SameOrderEveryTime_IsSilent()
    {
        for (var i = 0; i < 3; i++)
        {
            Nest(_a, _b, "f");
            Nest(_b, _c, "g");
            Nest(_a, _c, "h");
        }

        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Acquiring_OneAfterTheOther_IsNoOrder()
    {
        foreach (var mutex in new[] { _a, _b, _a })
        {
            mutex.Lock("f");
            mutex.Unlock("f");
        }

        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Acquiring_OppositeOrders_ReportsBothChains()
    {
        Nest(_a, _b, "bind");
        _machine.Enter(LockNames.Task("P1"));
        Nest(_b, _a, "unbind");
        Assert.Equal(
            """
            new order:
              &b->mutex (unbind) -> &a->mutex (unbind), task P1
            order seen before:
              &a->mutex (bind) -> &b->mutex (bind), task P0
            """,
            Assert.Single(_machine.Reports).Detail
        );
        _machine.NoUnexpectedReports("possible circular locking dependency detected in unbind");
    }

    [Fact]
    public void Acquiring_OppositeOrdersAgain_ReportsOnce()
    {
        Nest(_a, _b, "bind");
        Nest(_b, _a, "unbind");
        Nest(_b, _a, "unbind");
        Nest(_a, _b, "bind");
        _machine.NoUnexpectedReports("possible circular locking dependency detected in unbind");
    }

    [Fact]
    public void Acquiring_CycleOfThree_ReportsTheWholeChain()
    {
        Nest(_a, _b, "f");
        Nest(_b, _c, "g");
        Nest(_c, _a, "h");
        Assert.Equal(
            """
            new order:
              &c->rwsem (h) -> &a->mutex (h), task P0
            order seen before:
              &a->mutex (f) -> &b->mutex (f), task P0
              &b->mutex (g) -> &c->rwsem (g), task P0
            """,
            Assert.Single(_machine.Reports).Detail
        );
        _machine.NoUnexpectedReports("possible circular locking dependency detected in h");
    }

    [Fact]
    public void Acquiring_OuterLockOfAChainOfThree_OrdersItBeforeTheInnermost()
    {
        _a.Lock("f");
        _b.Lock("g");
        _c.Lock("h");
        _c.Unlock("h");
        _b.Unlock("g");
        _a.Unlock("f");
        Nest(_c, _a, "k");
        _machine.NoUnexpectedReports("possible circular locking dependency detected in k");
    }

    [Fact]
    public void Acquiring_TwoLocksOfOneClass_IsRecursionReportedOnce()
    {
        var other = new KernelMutex(_machine, LockNames.A);
        Nest(_a, other, "f");
        Nest(_a, other, "f");
        Assert.Equal("f takes &a->mutex\nwhich the task holds since f", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("possible recursive locking detected in f");
    }

    [Fact]
    public void Acquiring_AnotherMachine_KnowsNoneOfTheOrders()
    {
        Nest(_a, _b, "f");
        var other = new KernelMachine(BuildSwitches.Default);
        Nest(new KernelMutex(other, LockNames.B), new KernelMutex(other, LockNames.A), "f");
        other.NoUnexpectedReports();
        _machine.NoUnexpectedReports();
    }

    private static void Nest(KernelMutex outer, KernelMutex inner, string site)
    {
        outer.Lock(site);
        inner.Lock(site);
        inner.Unlock(site);
        outer.Unlock(site);
    }
}
