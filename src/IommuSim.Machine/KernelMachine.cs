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

    internal KernelMachine(BuildSwitches build, BugSet bugs = default)
    {
        Build = build;
        _bugs = bugs;
        Heap = new Heap(this);
        Lockdep = new Lockdep(this);
    }

    /// <summary>The build of the kernel on this machine.</summary>
    public BuildSwitches Build { get; }

    /// <summary>Whether the kernel that runs on this machine has the bug of this number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool HasBug(int number) =>
        // Word by word: a method of the field would take its address first, at every question.
        BugSet.Has(
            number,
            (number / BugSet.BitsPerWord) switch
            {
                0 => _bugs.Word0,
                1 => _bugs.Word1,
                2 => _bugs.Word2,
                _ => _bugs.Word3,
            }
        );

    /// <summary>What is asked whether an allocation, a copy or a driver op fails, and what garbage reads as.</summary>
    public Decisions Decisions { get; } = new();

    internal Heap Heap { get; }

    internal Lockdep Lockdep { get; }

    internal PhysicalMemory PhysicalMemory { get; } = new();

    internal LockedMemory LockedMemory { get; } = new();

    /// <summary>The task that is running; set when it enters the kernel.</summary>
    internal KernelTask Current { get; private set; } = new("boot", UserAddressSpace.Empty);

    /// <summary>Decides which task runs next; null in a straight run.</summary>
    internal IScheduler? Scheduler { get; set; }

    /// <summary>Every report since boot, in order.</summary>
    public IReadOnlyList<KernelReport> Reports => _reports;

    /// <summary>How often a task entered the kernel: while this is the same, no call was made.</summary>
    internal long Entered { get; private set; }

    /// <summary>Sets <paramref name="task"/> as the running one: it enters the kernel.</summary>
    internal void Enter(KernelTask task)
    {
        Entered++;
        if (task.Dead)
            RefuseDead(task);
        if (!ReferenceEquals(Current, task))
            Current = task;
    }

    /// <summary>The same by this call, which reports of freed memory name.</summary>
    internal void Enter(KernelTask task, string call)
    {
        Enter(task);
        task.Enters(call);
    }

    /// <summary>The running task returns to user space; a lock that it still holds is reported.</summary>
    internal void Leave()
    {
        if (Current.HeldLockCount > 0 && !Current.ReturnedWithLock)
            ReportHeld(Current);
    }

    /// <summary>The running task died: it keeps its locks and makes no further system call.</summary>
    internal void Bury() => Current.Dead = true;

    /// <summary>
    /// Announces what modelled code touches next, so that another task can run first. Stands before every access that
    /// no lock of its own protects, and before every lock.
    /// </summary>
    /// <param name="resource">What steps contend for: those on one resource do not commute.</param>
    /// <param name="touch">How.</param>
    /// <param name="site">The kernel function.</param>
    /// <param name="obj">For a reader: the object, where the resource is the table that it is in.</param>
    internal void Reach(object resource, Touch touch, string site, HeapObject? obj = null) =>
        Scheduler?.Reach(resource, touch, site, obj);

    /// <summary>
    /// Waits until <paramref name="resource"/> may be free; false when it never will be, which in a straight
    /// run is at once.
    /// </summary>
    internal bool Wait(object resource, string site) => Scheduler?.Wait(resource, site) ?? false;

    /// <summary>The tasks that wait for <paramref name="resource"/> may try again.</summary>
    internal void Released(object resource) => Scheduler?.Released(resource);

    /// <summary>Records a fault that the hardware would survive.</summary>
    internal void Report(ReportKind kind, string function, string detail) => Report(kind, function, [], detail);

    /// <summary>As the other overload, with the functions that were inlined there.</summary>
    internal void Report(ReportKind kind, string function, ImmutableArray<string> inlined, string detail) =>
        _reports.Add(new KernelReport(kind, function, detail, Current.Name, Fatal: false) { Inlined = inlined });

    /// <summary>Records a fault that ends the task, and ends it.</summary>
    internal TaskDiedException Oops(ReportKind kind, string function, string detail) =>
        Oops(kind, function, [], detail);

    /// <summary>As the other overload, with the functions that were inlined there.</summary>
    internal TaskDiedException Oops(ReportKind kind, string function, ImmutableArray<string> inlined, string detail)
    {
        var report = new KernelReport(kind, function, detail, Current.Name, Fatal: true) { Inlined = inlined };
        _reports.Add(report);
        return new TaskDiedException(report.Title);
    }

    /// <summary>C's <c>WARN_ON(condition)</c>: returns the condition, and reports it when true.</summary>
    internal bool WarnOn(bool condition, string function, string detail)
    {
        if (condition)
            Report(ReportKind.Warning, function, detail);
        return condition;
    }

    /// <summary>C's <c>WARN_ON_ONCE(condition)</c>: reports the first time only.</summary>
    internal bool WarnOnOnce(bool condition, string function, string detail)
    {
        if (condition && _warnedOnce.Add((function, detail)))
            Report(ReportKind.Warning, function, detail);
        return condition;
    }

    /// <summary>
    /// What a read of undefined memory yields, one of <paramref name="plausible"/>: the first unless the
    /// run decides otherwise.
    /// </summary>
    internal ulong Garbage(string site, ReadOnlySpan<ulong> plausible) =>
        plausible[Decisions.Choose(plausible.Length, DecisionKind.Garbage, site)];

    /// <summary>
    /// The value of a local variable that was never set: 0 where the build zeroes stacks, else reported
    /// and garbage.
    /// </summary>
    internal ulong Unset(string function, string variable, ReadOnlySpan<ulong> plausible)
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
    internal Errno DriverAnswer { get; private set; }

    /// <summary>Records what a driver op returned and returns it, so that it can be wrapped around the call.</summary>
    internal Errno Answered(Errno errno) => DriverAnswer = errno;

    /// <summary>Whether this driver op refuses, by decision and not for a reason of its own.</summary>
    internal bool DriverRefuses(string op) => Decisions.Fails(DecisionKind.DriverOp, op);
}
