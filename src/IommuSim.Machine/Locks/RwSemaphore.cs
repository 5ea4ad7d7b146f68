using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>The kernel's struct rw_semaphore: many readers or one writer.</summary>
public sealed class RwSemaphore(KernelMachine machine, LockClass lockClass, object? guarded = null)
    : KernelLock(lockClass)
{
    private int _readers;
    private KernelTask? _writer;

    /// <summary>What tasks that take it contend for; a try-lock is part of a larger step that says so itself.</summary>
    private object Guarded => guarded ?? this;

    public void DownRead(string site)
    {
        machine.Reach(Guarded, Touch.Write, site);
        machine.Lockdep.Acquiring(Class, site);
        while (_writer is not null)
            WaitOrHang(site, _writer.Name);
        TakeRead(site);
    }

    public bool TryDownRead(string site)
    {
        if (_writer is not null)
            return false;
        TakeRead(site);
        return true;
    }

    public void UpRead(string site)
    {
        if (_readers == 0)
        {
            machine.Report(ReportKind.Warning, site, $"{Class.Name} is released but has no reader");
            return;
        }

        _readers--;
        machine.Current.PopLock(this);
        machine.Released(this);
    }

    public void DownWrite(string site)
    {
        machine.Reach(Guarded, Touch.Write, site);
        machine.Lockdep.Acquiring(Class, site);
        while (_writer is not null || _readers != 0)
            WaitOrHang(site, _writer?.Name ?? "a reader");
        TakeWrite(site);
    }

    public bool TryDownWrite(string site)
    {
        if (_writer is not null || _readers != 0)
            return false;
        TakeWrite(site);
        return true;
    }

    public void UpWrite(string site)
    {
        if (!ReferenceEquals(_writer, machine.Current))
            machine.Report(ReportKind.Warning, site, $"{Class.Name} is released but was not held by the task");
        _writer = null;
        machine.Current.PopLock(this);
        machine.Released(this);
    }

    private void TakeRead(string site)
    {
        _readers++;
        machine.Current.PushLock(this, site);
    }

    private void TakeWrite(string site)
    {
        var task = machine.Current;
        _writer = task;
        task.PushLock(this, site);
    }

    private void WaitOrHang(string site, string holder)
    {
        if (machine.Wait(this, site))
            return;
        throw machine.Oops(ReportKind.HungTask, site, $"waits for {Class.Name}, which {holder} holds for ever");
    }
}
