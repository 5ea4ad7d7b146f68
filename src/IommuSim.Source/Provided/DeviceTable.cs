using IommuSim.Machine.State;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>What the driver core keeps behind the C's back: buses, who listens to them, and software nodes.</summary>
internal sealed class DeviceTable
{
    /// <summary>By the address of the struct bus_type.</summary>
    private readonly Dictionary<ulong, Bus> _buses = [];

    /// <summary>Properties of software nodes, by the address of the fwnode.</summary>
    private readonly Dictionary<ulong, SoftwareNode> _nodes = [];

    /// <summary>Blocks that hold a device which the driver core itself allocated, by device.</summary>
    private readonly Dictionary<ulong, ulong> _blocks = [];

    internal DeviceTable(SourceMachine machine)
    {
        // The bus of platform devices is registered before any initcall that is compiled.
        if (machine.Image.Has("platform_bus_type"))
            _buses.Add(machine.Image.AddressOf("platform_bus_type"), new Bus());
    }

    private DeviceTable(DeviceTable from)
    {
        foreach (var (address, bus) in from._buses)
            _buses.Add(address, bus.Copy());
        foreach (var (address, node) in from._nodes)
            _nodes.Add(address, node);
        foreach (var (device, block) in from._blocks)
            _blocks.Add(device, block);
    }

    internal DeviceTable Copy() => new(this);

    /// <summary>Whether the kernel has this block on a list of all software nodes, so that it is not lost.</summary>
    internal bool IsNode(ulong address) => _nodes.ContainsKey(address);

    internal void AddBus(ulong bus) => _buses.Add(bus, new Bus());

    internal bool RemoveBus(ulong bus) => _buses.Remove(bus);

    internal Bus? FindBus(ulong bus) => _buses.GetValueOrDefault(bus);

    internal void AddNode(ulong fwnode, SoftwareNode node) => _nodes.Add(fwnode, node);

    internal SoftwareNode? FindNode(ulong fwnode) => _nodes.GetValueOrDefault(fwnode);

    internal void RemoveNode(ulong fwnode) => _nodes.Remove(fwnode);

    internal void OwnBlock(ulong device, ulong block) => _blocks.Add(device, block);

    /// <summary>The block to free with this device; 0 for none.</summary>
    internal ulong TakeBlock(ulong device) => _blocks.Remove(device, out var block) ? block : 0;

    internal sealed class Bus
    {
        /// <summary>In the order in which they are called.</summary>
        public List<(ulong Block, int Priority)> Notifiers { get; } = [];

        public List<ulong> Devices { get; } = [];

        public Bus Copy()
        {
            var copy = new Bus();
            copy.Notifiers.AddRange(Notifiers);
            copy.Devices.AddRange(Devices);
            return copy;
        }
    }
}

/// <summary>Properties that software gave to a device.</summary>
/// <param name="IsManaged">It ends with its device.</param>
/// <param name="Values">The bytes of each property, by name.</param>
[Stateless]
internal sealed record SoftwareNode(bool IsManaged, IReadOnlyDictionary<string, byte[]> Values);
