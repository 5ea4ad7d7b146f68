using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>The kernel's struct mutex.</summary>
internal sealed class KernelMutex(KernelMachine machine, LockClass lockClass) : KernelLock(lockClass)
{
    /// <summary>The task that holds it, or held it last.</summary>
    private KernelTask? _owner;
    private bool _isHeld;

    public bool IsHeldByCurrent => _isHeld && ReferenceEquals(_owner, machine.Current);

    public void Lock(string site)
    {
        machine.Reach(this, Touch.Write, site);
        var task = machine.Current;
        machine.Lockdep.Acquiring(task, Class, site);
        while (_isHeld)
            WaitOrHang(site);
        _isHeld = true;
        if (!ReferenceEquals(_owner, task))
            _owner = task;
        task.PushLock(this, site);
    }

    /// <summary>False when it is held, and then nothing changed.</summary>
    public bool TryLock(string site)
    {
        machine.Reach(this, Touch.Write, site);
        if (_isHeld)
            return false;
        _isHeld = true;
        _owner = machine.Current;
        machine.Current.PushLock(this, site);
        return true;
    }

    public void Unlock(string site)
    {
        var task = machine.Current;
        if (!_isHeld || !ReferenceEquals(_owner, task))
            Warn(site, "is unlocked but was not held by the task");
        _isHeld = false;
        task.PopLock(this);
        machine.Released(this);
    }

    /// <summary>C's lockdep_assert_held.</summary>
    public void AssertHeld(string site)
    {
        if (!IsHeldByCurrent)
            Warn(site, "is not held");
    }

    private void Warn(string site, string what) => machine.Report(ReportKind.Warning, site, $"{Class.Name} {what}");

    private void WaitOrHang(string site)
    {
        if (!IsHeldByCurrent && machine.Wait(this, site))
            return;
        throw machine.Oops(ReportKind.HungTask, site, $"waits for {Class.Name}, which {_owner!.Name} holds for ever");
    }
}
