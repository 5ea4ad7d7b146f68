using IommuSim.Machine;
using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class LocksTests
{
    private readonly TinyKernel _kernel = new();
    private readonly ulong _mutex;

    public LocksTests()
    {
        _mutex = _kernel.Allocate(32);
        Locks.InitialiseMutex(_kernel.Cpu, _mutex);
    }

    [Fact]
    public void LockMutex_Held_HasAnOwnerInMemory()
    {
        Locks.LockMutex(_kernel.Cpu, _mutex);
        Assert.Equal(_kernel.Cpu.TaskStruct, (ulong)_kernel.Cpu.Memory.Load64(_mutex, 1));
        Assert.Equal(0, Locks.TryLockMutex(_kernel.Cpu, _mutex));
        Locks.UnlockMutex(_kernel.Cpu, _mutex);
        Assert.Equal(0, _kernel.Cpu.Memory.Load64(_mutex, 1));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(false, true, HeldAs.Any, true)]
    [InlineData(false, true, HeldAs.Written, false)]
    [InlineData(false, true, HeldAs.Read, true)]
    [InlineData(true, false, HeldAs.Any, true)]
    [InlineData(true, false, HeldAs.Written, true)]
    [InlineData(true, false, HeldAs.Read, false)]
    [InlineData(false, false, HeldAs.Any, false)]
    public void AssertHeld_OfASemaphore_AsksHow(bool isWritten, bool isRead, object held, bool holds)
    {
        var semaphore = Semaphore("sem");
        if (isWritten)
            Locks.DownWrite(_kernel.Cpu, semaphore);
        if (isRead)
            Locks.DownRead(_kernel.Cpu, semaphore);
        _kernel.Cpu.AssertHeld(semaphore, (HeldAs)held, 1);
        Assert.Equal(holds ? 0 : 1, _kernel.Machine.Reports.Count);
    }

    [Fact]
    public void AssertHeld_OfAMutexThatWasReleased_IsReported()
    {
        Locks.LockMutex(_kernel.Cpu, _mutex);
        _kernel.Cpu.AssertHeld(_mutex, HeldAs.Any, 1);
        _kernel.Machine.NoUnexpectedReports();
        Locks.UnlockMutex(_kernel.Cpu, _mutex);
        _kernel.Cpu.AssertHeld(_mutex, HeldAs.Any, 1);
        Assert.Equal("WARNING in f", Assert.Single(_kernel.Machine.Reports).Title);
    }

    [Fact]
    public void LockMutex_KeptAtReturn_IsReported()
    {
        Locks.LockMutex(_kernel.Cpu, _mutex);
        _kernel.Machine.Leave();
        _kernel.Machine.NoUnexpectedReports("lock held when returning to user space in f");
    }

    [Fact]
    public void LockMutex_Freed_IsReported()
    {
        Allocation.Free(_kernel.Cpu, _mutex);
        Locks.LockMutex(_kernel.Cpu, _mutex);
        Assert.All(_kernel.Machine.Reports, r => Assert.Equal("KASAN: slab-use-after-free in f", r.Title));
    }

    [Fact]
    public void LockMutex_NeverInitialised_IsReported()
    {
        Locks.LockMutex(_kernel.Cpu, _kernel.Allocate(32));
        _kernel.Machine.NoUnexpectedReports("INFO: trying to register non-static key in f");
    }

    [Fact]
    public void LockMutex_OfTheImage_IsNamedByItsVariable()
    {
        Locks.LockMutex(_kernel.Cpu, TinyKernel.StaticMutex);
        Assert.Equal("static_mutex", _kernel.Machine.Current.HeldLocks[0].Class.Name);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void LockMutex_InitialisedAtBoot_WorksInACopy()
    {
        ulong mutex = 0;
        var kernel = new TinyKernel(cpu =>
        {
            mutex = Allocation.AllocateSized(cpu, 32, 0x500);
            Locks.InitialiseMutex(cpu, mutex);
            Locks.LockMutex(cpu, mutex);
            Locks.UnlockMutex(cpu, mutex);
        });
        Locks.LockMutex(kernel.Cpu, mutex);
        Assert.Equal("mutex of f:10", kernel.Machine.Current.HeldLocks[0].Class.Name);
        kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void LockMutex_OppositeOrders_AreReportedThoughClassesAreMany()
    {
        for (var i = 0; i < 100; i++)
            _ = IommuSim.Machine.Locks.LockClass.Named($"filler {i}");
        var left = Semaphore("&left");
        var right = Semaphore("&right");
        Locks.DownWrite(_kernel.Cpu, left);
        Locks.DownRead(_kernel.Cpu, right);
        Locks.UpRead(_kernel.Cpu, right);
        Locks.DownRead(_kernel.Cpu, right);
        Locks.UpRead(_kernel.Cpu, right);
        Locks.UpWrite(_kernel.Cpu, left);
        _kernel.Machine.NoUnexpectedReports();
        Locks.DownRead(_kernel.Cpu, right);
        Locks.DownRead(_kernel.Cpu, left);
        _kernel.Machine.NoUnexpectedReports("possible circular locking dependency detected in f");
    }

    [Fact]
    public void DownWrite_ManyOfAClassUnderOneLock_IsNoRecursion()
    {
        Locks.DownWrite(_kernel.Cpu, Semaphore("&creation_lock"));
        for (var i = 0; i < 60; i++)
            Locks.DownWrite(_kernel.Cpu, Semaphore("&iopt->iova_rwsem"));
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void DownWrite_TwoOfAClass_IsRecursion()
    {
        Locks.DownWrite(_kernel.Cpu, Semaphore("&iopt->iova_rwsem"));
        Locks.DownWrite(_kernel.Cpu, Semaphore("&iopt->iova_rwsem"));
        _kernel.Machine.NoUnexpectedReports("possible recursive locking detected in f");
    }

    [Fact]
    public void DownWrite_HeldByAReader_Hangs()
    {
        var semaphore = Semaphore("&sem");
        Locks.DownRead(_kernel.Cpu, semaphore);
        Assert.Equal(0, Locks.TryDownWrite(_kernel.Cpu, semaphore));
        Assert.Throws<TaskDiedException>(() => Locks.DownWrite(_kernel.Cpu, semaphore));
        Assert.Equal("INFO: task hung in f", _kernel.Machine.Reports[^1].Title);
    }

    [Fact]
    public void LockSpin_ReleasedByAStore_LetsTheTaskSleep()
    {
        var spin = _kernel.Allocate(4);
        SpinLocks.Lock(_kernel.Cpu, spin);
        Assert.Equal(1, _kernel.Cpu.Memory.Load8(spin, 1));
        Locks.LockMutex(_kernel.Cpu, _mutex);
        _kernel.Machine.NoUnexpectedReports("BUG: sleeping function called from invalid context in f");
        Locks.UnlockMutex(_kernel.Cpu, _mutex);
        _kernel.Cpu.Memory.Store8(spin, 0, 1);
        Locks.LockMutex(_kernel.Cpu, _mutex);
        Assert.Single(_kernel.Machine.Reports);
    }

    [Fact]
    public void LockSpin_KeptAtReturn_IsReported()
    {
        SpinLocks.Lock(_kernel.Cpu, _kernel.Allocate(4));
        _kernel.Source.Provided.Deferred.RunAll(_kernel.Cpu);
        _kernel.Machine.NoUnexpectedReports("lock held when returning to user space in f");
    }

    [Fact]
    public void LockSpin_TakenByAnotherAfterTheStore_IsNoLongerHeld()
    {
        var spin = _kernel.Allocate(4);
        SpinLocks.Lock(_kernel.Cpu, spin);
        _kernel.Cpu.Memory.Store8(spin, 0, 1);
        SpinLocks.Lock(_kernel.Enter("P1", _kernel.Memory), spin);
        _kernel.Source.Provided.Deferred.RunAll(_kernel.Cpu);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void LockSpin_Twice_Hangs()
    {
        var spin = _kernel.Allocate(4);
        SpinLocks.Lock(_kernel.Cpu, spin);
        Assert.Throws<TaskDiedException>(() => SpinLocks.Lock(_kernel.Cpu, spin));
        _kernel.Machine.NoUnexpectedReports("INFO: task hung in f");
    }

    private ulong Semaphore(string name)
    {
        var semaphore = _kernel.Allocate(40);
        _kernel.WriteText(name);
        Locks.InitialiseSemaphore(_kernel.Cpu, semaphore, TinyKernel.Text, 0);
        return semaphore;
    }
}
