using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Locks;

/// <summary>The kernel's struct mutex.</summary>
public sealed class KernelMutex(KernelMachine machine, LockClass lockClass)
{
    private KernelTask? _owner;

    public bool IsHeldByCurrent => ReferenceEquals(_owner, machine.Current);

    public void Lock(string site)
    {
        machine.Reach(this, Touch.Write, site);
        machine.Lockdep.Acquiring(lockClass, site);
        while (_owner is not null)
        {
            if (!IsHeldByCurrent && machine.Wait(this, site))
                continue;
            throw machine.Oops(
                ReportKind.HungTask,
                site,
                $"waits for {lockClass.Name}, which {_owner.Name} holds for ever"
            );
        }

        _owner = machine.Current;
        machine.Current.PushLock(new HeldLock(lockClass, this, site));
    }

    public void Unlock(string site)
    {
        if (!IsHeldByCurrent)
            machine.Report(ReportKind.Warning, site, $"{lockClass.Name} is unlocked but was not held by the task");
        _owner = null;
        machine.Current.PopLock(this);
        machine.Released(this);
    }

    /// <summary>C's lockdep_assert_held.</summary>
    public void AssertHeld(string site) => machine.WarnOn(!IsHeldByCurrent, site, $"{lockClass.Name} is not held");
}
