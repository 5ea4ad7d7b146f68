using IommuSim.Machine.Memory;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// The variables that the kernel's C uses and that no compiled file defines: how much room a linker leaves for each,
/// and what is in it when the kernel begins to run. A variable without a value here is all zeroes.
/// </summary>
internal static class ExternalVariables
{
    private static readonly Dictionary<string, Variable> s_variables = new(StringComparer.Ordinal)
    {
        // One pointer a task, whatever NR_CPUS the C was compiled with: every task has a processor of its own.
        ["cpu_tasks"] = new(TaskTable.MaxTasks * 8, null),
        ["kernel_kobj"] = new(8, static machine => machine.Heap.AllocateFixed(SizeOf(machine, "kobject", 64))),
        // Caches by size; allocations here are told their size and never look at the cache.
        ["kmalloc_caches"] = new(4096, null),
        ["mem_map"] = new(8, static _ => MemoryMap.Pages),
        ["param_ops_bool"] = new(64, null),
        ["platform_bus_type"] = new(512, null),
        ["radix_tree_node_cachep"] = new(8, null),
        ["task_size"] = new(8, static _ => UserAddressSpace.TaskSize),
        ["uml_physmem"] = new(8, static _ => MemoryMap.Physical),
    };

    /// <summary>Bytes that a linker reserves for the variable, at least; 0 for one that is not provided.</summary>
    public static ulong SizeOf(string name) => s_variables.TryGetValue(name, out var variable) ? variable.Size : 0;

    /// <summary>
    /// Gives the variables that this kernel has their values. Once a boot, before the first initcall.
    /// </summary>
    public static void Initialise(SourceMachine machine)
    {
        foreach (var (name, variable) in s_variables)
        {
            if (variable.Value is { } value && machine.Image.Has(name))
                machine.Memory.Store64(machine.Image.AddressOf(name), (long)value(machine), site: 0);
        }
    }

    private static ulong SizeOf(SourceMachine machine, string tag, ulong otherwise) =>
        machine.Image.HasStruct(tag) ? machine.Image.SizeOf(tag) : otherwise;

    /// <param name="Size">Bytes.</param>
    /// <param name="Value">Of a variable of eight bytes; null for zeroes.</param>
    private sealed record Variable(ulong Size, Func<SourceMachine, ulong>? Value);
}
