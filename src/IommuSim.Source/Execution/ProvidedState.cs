using IommuSim.Source.Devices;
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
        Kobjects = new KobjectTable();
        Devices = new DeviceTable(machine);
        MapleTrees = new MapleTreeTable();
        DriverOps = new DriverOps();
        UserMappings = new UserMappings();
    }

    private ProvidedState(ProvidedState from, SourceMachine machine)
    {
        Tasks = from.Tasks.Copy(machine);
        Kobjects = from.Kobjects.Copy();
        Devices = from.Devices.Copy();
        MapleTrees = from.MapleTrees.Copy();
        DriverOps = from.DriverOps.Copy();
        UserMappings = from.UserMappings.Copy();
    }

    public TaskTable Tasks { get; }

    public KobjectTable Kobjects { get; }

    public DeviceTable Devices { get; }

    public MapleTreeTable MapleTrees { get; }

    public DriverOps DriverOps { get; }

    public UserMappings UserMappings { get; }

    internal ProvidedState Copy(SourceMachine machine) => new(this, machine);
}
