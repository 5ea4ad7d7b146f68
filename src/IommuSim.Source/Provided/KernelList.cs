using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>C's struct list_head: next, then prev. Every access is judged as one of the C's.</summary>
internal static class KernelList
{
    private const ulong Prev = 8;

    public static void Initialise(Cpu cpu, ulong list)
    {
        cpu.Memory.Store64(list, (long)list, cpu.Site);
        cpu.Memory.Store64(list + Prev, (long)list, cpu.Site);
    }

    public static ulong First(Cpu cpu, ulong list) => (ulong)cpu.Memory.Load64(list, cpu.Site);

    public static ulong Last(Cpu cpu, ulong list) => (ulong)cpu.Memory.Load64(list + Prev, cpu.Site);

    public static bool IsEmpty(Cpu cpu, ulong list) => First(cpu, list) == list;

    public static void AddAfter(Cpu cpu, ulong entry, ulong before)
    {
        var next = First(cpu, before);
        cpu.Memory.Store64(next + Prev, (long)entry, cpu.Site);
        cpu.Memory.Store64(entry, (long)next, cpu.Site);
        cpu.Memory.Store64(entry + Prev, (long)before, cpu.Site);
        cpu.Memory.Store64(before, (long)entry, cpu.Site);
    }

    /// <summary>Takes the entry out and makes it a list of its own; nothing where it is one.</summary>
    public static void Remove(Cpu cpu, ulong entry)
    {
        var next = First(cpu, entry);
        var prev = Last(cpu, entry);
        cpu.Memory.Store64(prev, (long)next, cpu.Site);
        cpu.Memory.Store64(next + Prev, (long)prev, cpu.Site);
        Initialise(cpu, entry);
    }
}
