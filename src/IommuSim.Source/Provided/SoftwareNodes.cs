using System.Buffers.Binary;
using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Properties of devices that software gives them. A node's struct fwnode_handle is real, without functions; its
/// properties are kept outside of the kernel's memory.
/// </summary>
internal static class SoftwareNodes
{
    private const string Entry = "property_entry";

    /// <summary>Models drivers/base/swnode.c:fwnode_create_software_node(), v7.3.</summary>
    [Provides("fwnode_create_software_node")]
    public static ulong Create(Cpu cpu, ulong properties, ulong parent) =>
        Create(cpu, new SoftwareNode(IsManaged: false, ReadProperties(cpu, properties)));

    [Provides("fwnode_remove_software_node")]
    public static void Remove(Cpu cpu, ulong fwnode)
    {
        if (cpu.Machine.Provided.Devices.FindNode(fwnode) is null)
            return;
        cpu.Machine.Provided.Devices.RemoveNode(fwnode);
        cpu.Machine.Heap.Free(cpu, fwnode);
    }

    /// <summary>
    /// The node ends when its device leaves its bus; of a device that never was on one it stays, as in Linux.
    /// </summary>
    // Models drivers/base/swnode.c:device_create_managed_software_node(), v7.3.
    [Provides("device_create_managed_software_node")]
    public static int CreateManaged(Cpu cpu, ulong device, ulong properties, ulong parent)
    {
        return Give(cpu, device, new SoftwareNode(IsManaged: true, ReadProperties(cpu, properties)));
    }

    /// <summary>Nodes live as long as their device or until they are removed; they are not counted.</summary>
    [Provides("fwnode_handle_get")]
    public static ulong Get(Cpu cpu, ulong fwnode) => fwnode;

    [Provides("__dev_fwnode")]
    public static ulong OfDevice(Cpu cpu, ulong device) => cpu.Load(device, "device", "fwnode");

    /// <summary>The values; the count of them where <paramref name="values"/> is NULL. -EINVAL, -EOVERFLOW.</summary>
    // Models drivers/base/swnode.c:software_node_read_int_array() and property_entry_find(), v7.3.
    [Provides("device_property_read_u32_array")]
    public static int ReadU32Array(Cpu cpu, ulong device, ulong name, ulong values, ulong count)
    {
        var node = cpu.Machine.Provided.Devices.FindNode(OfDevice(cpu, device));
        if (node is null || !node.Values.TryGetValue(KernelText.ReadString(cpu, name), out var bytes))
            return -(int)Errno.EINVAL;
        if (values == 0)
            return bytes.Length / sizeof(uint);
        if (count * sizeof(uint) > (ulong)bytes.Length)
            return -(int)Errno.EOVERFLOW;
        for (var i = 0; i < (int)count; i++)
        {
            var value = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)));
            cpu.Memory.Store32(values + ((ulong)i * sizeof(uint)), value, cpu.Site);
        }

        return 0;
    }

    /// <summary>A device leaves its bus: its managed node ends.</summary>
    // Models drivers/base/swnode.c:software_node_notify_remove(), v7.3.
    internal static void DeviceLeaves(Cpu cpu, ulong device)
    {
        var fwnode = OfDevice(cpu, device);
        if (cpu.Machine.Provided.Devices.FindNode(fwnode) is not { IsManaged: true })
            return;
        cpu.Store(device, "device", "fwnode", 0);
        Remove(cpu, fwnode);
    }

    /// <summary>The device gets a node; -ENOMEM.</summary>
    internal static int Give(Cpu cpu, ulong device, SoftwareNode node)
    {
        var fwnode = Create(cpu, node);
        if (CStructs.IsError(fwnode))
            return (int)fwnode;
        cpu.Store(device, "device", "fwnode", fwnode);
        return 0;
    }

    private static ulong Create(Cpu cpu, SoftwareNode node)
    {
        var fwnode = cpu.Machine.Heap.Allocate(cpu, cpu.Machine.Image.SizeOf("fwnode_handle"), isZeroed: true);
        if (fwnode == 0)
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        foreach (var list in (string[])["suppliers", "consumers"])
            cpu.InitList(cpu.AddressOf(fwnode, "fwnode_handle", list));
        cpu.Store(fwnode, "fwnode_handle", "secondary", CStructs.ErrorPointer((int)Errno.ENODEV));
        cpu.Machine.Provided.Devices.AddNode(fwnode, node);
        return fwnode;
    }

    private static Dictionary<string, byte[]> ReadProperties(Cpu cpu, ulong entry)
    {
        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (; entry != 0; entry += cpu.Machine.Image.SizeOf(Entry))
        {
            var name = cpu.Load(entry, Entry, "name");
            if (name == 0)
                break;
            var isInline = cpu.Memory.Load8(cpu.AddressOf(entry, Entry, "is_inline"), cpu.Site) != 0;
            var from = isInline ? cpu.AddressOf(entry, Entry, "value") : cpu.Load(entry, Entry, "pointer");
            var bytes = cpu.Memory.Reach(from, cpu.Load(entry, Entry, "length"), isWrite: false, cpu.Site);
            values[KernelText.ReadString(cpu, name)] = bytes.ToArray();
        }

        return values;
    }
}
