using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// C's struct kref and refcount_t where a provided function counts: the same rules and reports as the C's own.
/// </summary>
internal static class Krefs
{
    public static void Init(Cpu cpu, ulong count) => cpu.Memory.Store32(count, 1, cpu.Site);

    public static void Get(Cpu cpu, ulong count)
    {
        cpu.ReachMemory(count, isWrite: true, cpu.Site);
        var old = cpu.Memory.Load32(count, cpu.Site);
        if (old is > 0 and < int.MaxValue)
            cpu.Memory.Store32(count, old + 1, cpu.Site);
        else
            Saturate(cpu, count, old == 0 ? ReportKind.RefcountAdditionOnZero : ReportKind.RefcountSaturated);
    }

    /// <summary>True when this put was the last.</summary>
    public static bool Put(Cpu cpu, ulong count)
    {
        cpu.ReachMemory(count, isWrite: true, cpu.Site);
        var old = cpu.Memory.Load32(count, cpu.Site);
        if (old <= 0)
        {
            Saturate(cpu, count, ReportKind.RefcountUnderflow);
            return false;
        }

        cpu.Memory.Store32(count, old - 1, cpu.Site);
        return old == 1;
    }

    private static void Saturate(Cpu cpu, ulong count, ReportKind kind)
    {
        cpu.Memory.Store32(count, Refcount.Saturated, cpu.Site);
        cpu.Machine.Reporter.Report(kind, cpu.Site, "the count was misused");
    }
}
