using IommuSim.Machine;
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

    internal Cpu CreateCpu(SourceMachine machine, KernelTask task, int number)
    {
        // Filled in by the family of tasks: mm, cred, user, group leader.
        return new Cpu(machine, task, number, taskStruct: 0);
    }
}
