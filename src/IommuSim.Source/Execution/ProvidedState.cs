using IommuSim.Source.Devices;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Execution;

/// <summary>
/// What the functions behind the C keep that is not in the kernel's memory, one class a family. A copy is that of the
/// same state for another machine.
/// </summary>
internal sealed class ProvidedState
{
    internal ProvidedState(SourceMachine machine)
    {
        Tasks = new TaskTable(machine);
        Kobjects = new KobjectTable();
        Devices = new DeviceTable(machine);
        MapleTrees = new MapleTreeTable();
        DriverOps = new DriverOps();
        UserMappings = new UserMappings();
        DmaBufs = new DmaBufTable();
        Locks = new LockTable(machine);
        Deferred = new Deferred(machine);
        Waits = new WaitTable(machine);
        Files = new FileTable(machine);
        Ids = new IdAllocators();
    }

    private ProvidedState(ProvidedState from, SourceMachine machine)
    {
        Tasks = from.Tasks.Copy(machine);
        Kobjects = from.Kobjects.Copy();
        Devices = from.Devices.Copy();
        MapleTrees = from.MapleTrees.Copy();
        DriverOps = from.DriverOps.Copy();
        UserMappings = from.UserMappings.Copy();
        DmaBufs = from.DmaBufs.Copy();
        Locks = from.Locks.Copy(machine);
        Deferred = from.Deferred.Copy(machine);
        Waits = new WaitTable(machine);
        Files = from.Files.Copy(machine);
        Ids = from.Ids.Copy();
    }

    public TaskTable Tasks { get; }

    public KobjectTable Kobjects { get; }

    public DeviceTable Devices { get; }

    public MapleTreeTable MapleTrees { get; }

    public DriverOps DriverOps { get; }

    public UserMappings UserMappings { get; }

    public DmaBufTable DmaBufs { get; }

    public LockTable Locks { get; }

    public Deferred Deferred { get; }

    /// <summary>Tasks that sleep. None does while a machine is copied.</summary>
    public WaitTable Waits { get; }

    public FileTable Files { get; }

    internal IdAllocators Ids { get; }

    internal ProvidedState Copy(SourceMachine machine) => new(this, machine);
}
