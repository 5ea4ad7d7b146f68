using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>The kernel's struct mutex.</summary>
public sealed class KernelMutex(KernelMachine machine, LockClass lockClass) : KernelLock(lockClass)
{
    private KernelTask? _owner;

    public bool IsHeldByCurrent => ReferenceEquals(_owner, machine.Current);

    public void Lock(string site)
    {
        machine.Reach(this, Touch.Write, site);
        machine.Lockdep.Acquiring(Class, site);
        while (_owner is not null)
            WaitOrHang(site, _owner.Name);
        var task = machine.Current;
        _owner = task;
        task.PushLock(this, site);
    }

    public void Unlock(string site)
    {
        if (!IsHeldByCurrent)
            machine.Report(ReportKind.Warning, site, $"{Class.Name} is unlocked but was not held by the task");
        _owner = null;
        machine.Current.PopLock(this);
        machine.Released(this);
    }

    /// <summary>C's lockdep_assert_held.</summary>
    public void AssertHeld(string site)
    {
        if (!IsHeldByCurrent)
            machine.Report(ReportKind.Warning, site, $"{Class.Name} is not held");
    }

    private void WaitOrHang(string site, string owner)
    {
        if (!IsHeldByCurrent && machine.Wait(this, site))
            return;
        throw machine.Oops(ReportKind.HungTask, site, $"waits for {Class.Name}, which {owner} holds for ever");
    }
}
