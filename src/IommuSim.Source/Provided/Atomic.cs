using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Whether a task may sleep.</summary>
internal static class Atomic
{
    /// <summary>Reports a function that may sleep where the task must not.</summary>
    // Models kernel/sched/core.c:__might_resched(), v7.3.
    public static void MightSleep(Cpu cpu, string function)
    {
        if (cpu.SpinLocks.Count != 0 || cpu.AtomicDepth != 0)
            Check(cpu, function);
    }

    private static void Check(Cpu cpu, string function)
    {
        SpinLocks.ForgetReleased(cpu);
        if (cpu.SpinLocks.Count == 0 && cpu.AtomicDepth == 0)
            return;
        var held = cpu.SpinLocks.Count == 0 ? "" : $" at {cpu.Machine.Image.Describe(cpu.SpinLocks[^1].Address)}";
        cpu.Machine.Reporter.Report(
            ReportKind.SleepInAtomic,
            cpu.Site,
            $"{function} may sleep, but the task holds a spinlock{held}"
        );
    }
}
