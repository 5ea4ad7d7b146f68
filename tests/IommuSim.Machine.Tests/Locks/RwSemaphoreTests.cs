using IommuSim.Machine.Locks;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Locks;

public sealed class RwSemaphoreTests
{
    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly KernelTask _first = LockNames.Task("P0");
    private readonly KernelTask _second = LockNames.Task("P1");
    private readonly RwSemaphore _semaphore;

    public RwSemaphoreTests()
    {
        _semaphore = new RwSemaphore(_machine, LockNames.C);
        _machine.Enter(_first);
    }

    [Fact]
    public void DownRead_TwoTasks_ShareIt()
    {
        _semaphore.DownRead("f");
        _machine.Enter(_second);
        _semaphore.DownRead("f");
        _semaphore.UpRead("f");
        _machine.Enter(_first);
        _semaphore.UpRead("f");
        _semaphore.DownWrite("g");
        _semaphore.UpWrite("g");
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void DownRead_WriterIsDead_Hangs()
    {
        _semaphore.DownWrite("f");
        _machine.Bury();
        _machine.Enter(_second);
        Assert.Throws<TaskDiedException>(() => _semaphore.DownRead("g"));
        Assert.Equal("waits for &c->rwsem, which P0 holds for ever", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("INFO: task hung in g");
    }

    [Fact]
    public void DownWrite_ReaderIsDead_Hangs()
    {
        _semaphore.DownRead("f");
        _machine.Bury();
        _machine.Enter(_second);
        Assert.Throws<TaskDiedException>(() => _semaphore.DownWrite("g"));
        Assert.Equal("waits for &c->rwsem, which a reader holds for ever", Assert.Single(_machine.Reports).Detail);
        _machine.NoUnexpectedReports("INFO: task hung in g");
    }

    [Fact]
    public void DownWrite_SameTaskReads_IsRecursionAndHangs()
    {
        _semaphore.DownRead("f");
        Assert.Throws<TaskDiedException>(() => _semaphore.DownWrite("g"));
        _machine.NoUnexpectedReports("possible recursive locking detected in g", "INFO: task hung in g");
    }

    [Fact]
    public void TryDownRead_Writer_RefusesInSilence()
    {
        _semaphore.DownWrite("f");
        _machine.Enter(_second);
        Assert.False(_semaphore.TryDownRead("g"));
        Assert.True(_second.HeldLocks.IsEmpty);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void TryDownRead_Reader_Shares()
    {
        _semaphore.DownRead("f");
        _machine.Enter(_second);
        Assert.True(_semaphore.TryDownRead("g"));
        Assert.Equal(1, _second.HeldLocks.Length);
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryDownWrite_Taken_RefusesInSilence(bool write)
    {
        if (write)
            _semaphore.DownWrite("f");
        else
            _semaphore.DownRead("f");
        _machine.Enter(_second);
        Assert.False(_semaphore.TryDownWrite("g"));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void TryDownWrite_Free_Takes()
    {
        Assert.True(_semaphore.TryDownWrite("f"));
        Assert.False(_semaphore.TryDownRead("f"));
        _semaphore.UpWrite("f");
        Assert.True(_semaphore.TryDownRead("f"));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void TryDownWrite_OrderThatWouldCloseACycle_IsSilentBecauseItNeverWaits()
    {
        var mutex = new KernelMutex(_machine, LockNames.A);
        _semaphore.DownRead("f");
        mutex.Lock("f");
        mutex.Unlock("f");
        _semaphore.UpRead("f");
        mutex.Lock("g");
        Assert.True(_semaphore.TryDownWrite("g"));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void UpRead_NoReader_IsAWarning()
    {
        _semaphore.UpRead("f");
        _machine.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void UpWrite_NotHeld_IsAWarning()
    {
        _semaphore.UpWrite("f");
        _machine.NoUnexpectedReports("WARNING in f");
    }

    [Fact]
    public void Leave_ReadLockHeld_IsReported()
    {
        _semaphore.DownRead("f");
        _machine.Leave();
        _machine.NoUnexpectedReports("lock held when returning to user space in f");
    }
}
