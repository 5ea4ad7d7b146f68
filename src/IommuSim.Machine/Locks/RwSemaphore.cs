using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>The kernel's struct rw_semaphore: many readers or one writer.</summary>
internal sealed class RwSemaphore(KernelMachine machine, LockClass lockClass, object? guarded = null)
    : KernelLock(lockClass)
{
    private int _readers;

    /// <summary>The task that writes, or wrote last.</summary>
    private KernelTask? _writer;
    private bool _isWritten;

    /// <summary>Whether a task writes.</summary>
    public bool IsWritten => _isWritten;

    public void DownRead(string site)
    {
        Reach(site);
        var task = machine.Current;
        machine.Lockdep.Acquiring(task, Class, site);
        while (_isWritten)
            WaitOrHang(site);
        TakeRead(task, site);
    }

    public bool TryDownRead(string site)
    {
        if (_isWritten)
            return false;
        TakeRead(machine.Current, site);
        return true;
    }

    public void UpRead(string site)
    {
        if (_readers == 0)
        {
            Warn(site, "is released but has no reader");
            return;
        }

        _readers--;
        machine.Current.PopLock(this);
        machine.Released(this);
    }

    public void DownWrite(string site)
    {
        Reach(site);
        machine.Lockdep.Acquiring(machine.Current, Class, site);
        WaitAndWrite(site);
    }

    /// <summary>
    /// C's down_write_nest_lock: the task may hold others of the class, because a lock taken before keeps away all
    /// others that would.
    /// </summary>
    public void DownWriteNested(string site)
    {
        Reach(site);
        WaitAndWrite(site);
    }

    /// <summary>Tasks that take it contend; a try-lock is part of a larger step that says so itself.</summary>
    private void Reach(string site) => machine.Scheduler?.Reach(guarded ?? this, Touch.Write, site, obj: null);

    private void WaitAndWrite(string site)
    {
        while (_isWritten || _readers != 0)
            WaitOrHang(site);
        TakeWrite(machine.Current, site);
    }

    public bool TryDownWrite(string site)
    {
        if (_isWritten || _readers != 0)
            return false;
        TakeWrite(machine.Current, site);
        return true;
    }

    public void UpWrite(string site)
    {
        var task = machine.Current;
        if (!_isWritten || !ReferenceEquals(_writer, task))
            Warn(site, "is released but was not held by the task");
        _isWritten = false;
        task.PopLock(this);
        machine.Released(this);
    }

    private void TakeRead(KernelTask task, string site)
    {
        _readers++;
        task.PushLock(this, site);
    }

    private void TakeWrite(KernelTask task, string site)
    {
        _isWritten = true;
        if (!ReferenceEquals(_writer, task))
            _writer = task;
        task.PushLock(this, site);
    }

    private void Warn(string site, string what) => machine.Report(ReportKind.Warning, site, $"{Class.Name} {what}");

    private void WaitOrHang(string site)
    {
        var holder = _isWritten ? _writer!.Name : "a reader";
        if (machine.Wait(this, site))
            return;
        throw machine.Oops(ReportKind.HungTask, site, $"waits for {Class.Name}, which {holder} holds for ever");
    }
}
