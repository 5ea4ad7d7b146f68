using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Tasks as the C sees them: a struct task_struct each, found by the number of the processor. Every task has a processor
/// of its own.
/// </summary>
public sealed class TaskTable
{
    internal TaskTable(SourceMachine machine) => _ = machine;

    internal TaskTable Copy(SourceMachine machine) => new(machine);

    /// <summary>The memory of the program that this struct mm_struct stands for; null for none.</summary>
    public IUserMemory? MemoryOf(ulong mm) => null;

    /// <summary>The user memory that the task reaches now.</summary>
    public IUserMemory MemoryOf(Cpu cpu) => cpu.Task.Memory;

    internal Cpu CreateCpu(SourceMachine machine, KernelTask task, int number)
    {
        // Filled in by the family of tasks: mm, cred, user, group leader.
        return new Cpu(machine, task, number, taskStruct: 0);
    }
}
