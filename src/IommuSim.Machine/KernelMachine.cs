using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;

namespace IommuSim.Machine;

/// <summary>
/// What any modelled kernel stands on: decisions, reports, the heap, lock checking, the running task.
/// Knows nothing of IOMMUs. Exactly one task runs at a time.
/// </summary>
public sealed class KernelMachine
{
    private readonly BugSet _bugs;
    private readonly List<KernelReport> _reports = [];
    private readonly HashSet<(string Function, string Detail)> _warnedOnce = [];

    public KernelMachine(BuildSwitches build, BugSet bugs = default)
    {
        Build = build;
        _bugs = bugs;
        Heap = new Heap(this);
        Lockdep = new Lockdep(this);
    }

    public BuildSwitches Build { get; }

    /// <summary>Whether the kernel that runs on this machine has the bug of this number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasBug(int number) => _bugs.Has(number);

    public Decisions Decisions { get; } = new();

    public Heap Heap { get; }

    public Lockdep Lockdep { get; }

    public PhysicalMemory PhysicalMemory { get; } = new();

    /// <summary>The task that is running; set when it enters the kernel.</summary>
    public KernelTask Current { get; private set; } = new("boot", UserAddressSpace.Empty);

    /// <summary>Decides which task runs next; null in a straight run.</summary>
    public IScheduler? Scheduler { get; set; }

    /// <summary>Every report since boot, in order.</summary>
    public IReadOnlyList<KernelReport> Reports => _reports;

    /// <summary>How often a task entered the kernel: while this is the same, no call was made.</summary>
    public long Entered { get; private set; }

    /// <summary>Sets <paramref name="task"/> as the running one: it enters the kernel.</summary>
    public void Enter(KernelTask task)
    {
        Entered++;
        if (task.Dead)
            RefuseDead(task);
        if (!ReferenceEquals(Current, task))
            Current = task;
    }

    /// <summary>The same by this call, which reports of freed memory name.</summary>
    public void Enter(KernelTask task, string call)
    {
        Enter(task);
        task.Call = call;
    }

    /// <summary>The running task returns to user space; a lock that it still holds is reported.</summary>
    public void Leave()
    {
        if (Current.HeldLockCount > 0 && !Current.ReturnedWithLock)
            ReportHeld(Current);
    }

    /// <summary>The running task died: it keeps its locks and makes no further system call.</summary>
    public void Bury() => Current.Dead = true;

    /// <summary>
    /// Announces what modelled code touches next, so that another task can run first. Stands before every access that
    /// no lock of its own protects, and before every lock.
    /// </summary>
    /// <param name="resource">What steps contend for: those on one resource do not commute.</param>
    /// <param name="touch">How.</param>
    /// <param name="site">The kernel function.</param>
    /// <param name="obj">For a reader: the object, where the resource is the table that it is in.</param>
    public void Reach(object resource, Touch touch, string site, HeapObject? obj = null) =>
        Scheduler?.Reach(resource, touch, site, obj);

    /// <summary>
    /// Waits until <paramref name="resource"/> may be free; false when it never will be, which in a straight
    /// run is at once.
    /// </summary>
    public bool Wait(object resource, string site) => Scheduler?.Wait(resource, site) ?? false;

    /// <summary>The tasks that wait for <paramref name="resource"/> may try again.</summary>
    public void Released(object resource) => Scheduler?.Released(resource);

    /// <summary>Records a fault that the hardware would survive.</summary>
    public void Report(ReportKind kind, string function, string detail) => Report(kind, function, [], detail);

    /// <summary>As the other overload, with the functions that were inlined there.</summary>
    public void Report(ReportKind kind, string function, ImmutableArray<string> inlined, string detail) =>
        _reports.Add(new KernelReport(kind, function, detail, Current.Name, Fatal: false) { Inlined = inlined });

    /// <summary>Records a fault that ends the task, and ends it.</summary>
    public TaskDiedException Oops(ReportKind kind, string function, string detail) => Oops(kind, function, [], detail);

    /// <summary>As the other overload, with the functions that were inlined there.</summary>
    public TaskDiedException Oops(ReportKind kind, string function, ImmutableArray<string> inlined, string detail)
    {
        var report = new KernelReport(kind, function, detail, Current.Name, Fatal: true) { Inlined = inlined };
        _reports.Add(report);
        return new TaskDiedException(report.Title);
    }

    /// <summary>C's <c>WARN_ON(condition)</c>: returns the condition, and reports it when true.</summary>
    public bool WarnOn(bool condition, string function, string detail)
    {
        if (condition)
            Report(ReportKind.Warning, function, detail);
        return condition;
    }

    /// <summary>C's <c>WARN_ON_ONCE(condition)</c>: reports the first time only.</summary>
    public bool WarnOnOnce(bool condition, string function, string detail)
    {
        if (condition && _warnedOnce.Add((function, detail)))
            Report(ReportKind.Warning, function, detail);
        return condition;
    }

    /// <summary>
    /// What a read of undefined memory yields, one of <paramref name="plausible"/>: the first unless the
    /// run decides otherwise.
    /// </summary>
    public ulong Garbage(string site, ReadOnlySpan<ulong> plausible) =>
        plausible[Decisions.Choose(plausible.Length, DecisionKind.Garbage, site)];

    /// <summary>
    /// The value of a local variable that was never set: 0 where the build zeroes stacks, else reported
    /// and garbage.
    /// </summary>
    public ulong Unset(string function, string variable, ReadOnlySpan<ulong> plausible)
    {
        if (Build.ZeroedStack)
            return 0;
        Report(ReportKind.UninitializedValue, function, $"{variable} is used but was never set");
        return Garbage(function, plausible);
    }

    private void ReportHeld(KernelTask task)
    {
        task.ReturnedWithLock = true;
        foreach (var held in task.HeldLocks)
            Report(ReportKind.LockHeldAtReturn, held.Site, $"{held.Class.Name} is still held");
    }

    private static void RefuseDead(KernelTask task) =>
        throw new InvalidOperationException($"task {task.Name} is dead and cannot enter the kernel");

    /// <summary>What a driver op returned last, for checks that its errno reaches the caller.</summary>
    public Errno DriverAnswer { get; private set; }

    /// <summary>Records what a driver op returned and returns it, so that it can be wrapped around the call.</summary>
    public Errno Answered(Errno errno) => DriverAnswer = errno;

    /// <summary>Whether this driver op refuses, by decision and not for a reason of its own.</summary>
    public bool DriverRefuses(string op) => Decisions.Fails(DecisionKind.DriverOp, op);
}
