using IommuSim.Machine.Locks;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Locks;

public sealed class KernelMutexTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly KernelMutex _mutex;

    public KernelMutexTests()
    {
        _mutex = new KernelMutex(_machine, LockNames.A);
        _machine.Enter(LockNames.Task("P0"));
    }

    [Fact]
    public void Lock_FreeMutex_IsHeldUntilUnlocked()
    {
        _mutex.Lock("f");
        Assert.True(_mutex.IsHeldByCurrent);
        Assert.Equal(1, _machine.Current.HeldLocks.Length);
        _mutex.Unlock("f");
        Assert.False(_mutex.IsHeldByCurrent);
        Assert.True(_machine.Current.HeldLocks.IsEmpty);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Unlock_OuterLockFirst_KeepsTheInnerOneHeld()
    {
        var inner = new KernelMutex(_machine, LockNames.B);
        _mutex.Lock("f");
        inner.Lock("g");
        _mutex.Unlock("f");
        Assert.Equal([new HeldLock(inner, "g")], _machine.Current.HeldLocks.ToArray());
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Lock_HeldByTheSameTask_IsRecursionAndHangs()
    {
        _mutex.Lock("outer");
        Assert.Throws<TaskDiedException>(() => _mutex.Lock("inner"));
        _machine.NoUnexpectedReports("possible recursive locking detected in inner", "INFO: task hung in inner");
    }

    [Fact]
    public void Lock_HeldByADeadTask_Hangs()
    {
        _mutex.Lock("f");
        _machine.Bury();
        _machine.Enter(LockNames.Task("P1"));
        Assert.Throws<TaskDiedException>(() => _mutex.Lock("g"));
        var report = Assert.Single(_machine.Reports);
        Assert.Equal(
            ("waits for &a->mutex, which P0 holds for ever", "P1", true),
            (report.Detail, report.Task, report.Fatal)
        );
        _machine.NoUnexpectedReports("INFO: task hung in g");
    }

    [Fact]
    public void Unlock_NotHeld_IsAWarning()
    {
        _mutex.Unlock("f");
        _machine.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void Unlock_HeldByAnotherTask_IsAWarning()
    {
        _mutex.Lock("f");
        _machine.Enter(LockNames.Task("P1"));
        _mutex.Unlock("g");
        _machine.NoUnexpectedReports("WARNING in g");
    }

    [Fact]
    public void AssertHeld_Held_IsSilent()
    {
        _mutex.Lock("f");
        _mutex.AssertHeld("g");
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void AssertHeld_HeldByAnotherTask_IsAWarning()
    {
        _mutex.Lock("f");
        _machine.Enter(LockNames.Task("P1"));
        _mutex.AssertHeld("g");
        Assert.Equal("&a->mutex is not held", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("WARNING in g");
    }

    [Fact]
    public void Leave_NothingHeld_IsSilent()
    {
        _mutex.Lock("f");
        _mutex.Unlock("f");
        _machine.Leave();
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Leave_LocksHeld_NamesWhereEachWasTaken()
    {
        new KernelMutex(_machine, LockNames.B).Lock("early");
        _mutex.Lock("late");
        _machine.Leave();
        _machine.NoUnexpectedReports(
            "lock held when returning to user space in early",
            "lock held when returning to user space in late"
        );
    }
}
