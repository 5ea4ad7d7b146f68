using IommuSim.Source.Provided;

namespace IommuSim.Source.Execution;

/// <summary>
/// What the functions behind the C keep that is not in the kernel's memory, one class a family. A copy is that of the
/// same state for another machine.
/// </summary>
public sealed class ProvidedState
{
    internal ProvidedState(SourceMachine machine)
    {
        Tasks = new TaskTable(machine);
    }

    private ProvidedState(ProvidedState from, SourceMachine machine)
    {
        Tasks = from.Tasks.Copy(machine);
    }

    public TaskTable Tasks { get; }

    internal ProvidedState Copy(SourceMachine machine) => new(this, machine);
}
