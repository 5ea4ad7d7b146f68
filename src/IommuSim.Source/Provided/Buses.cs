using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Buses: lists of devices, and functions that are told of each that comes and goes.</summary>
internal static class Buses
{
    /// <summary>C's NOTIFY_STOP_MASK: those behind are not called.</summary>
    private const uint StopMask = 0x8000;

    private const string Block = "notifier_block";

    /// <summary>Models drivers/base/bus.c:bus_register(), v7.3.</summary>
    [Provides("bus_register")]
    public static int Register(Cpu cpu, ulong bus)
    {
        var devices = cpu.Machine.Provided.Devices;
        if (devices.FindBus(bus) is not null)
            return -(int)Errno.EEXIST;
        devices.AddBus(bus);
        return 0;
    }

    [Provides("bus_unregister")]
    public static void Unregister(Cpu cpu, ulong bus) => cpu.Machine.Provided.Devices.RemoveBus(bus);

    /// <summary>-EINVAL for a bus that is not registered, -EEXIST for a block that is on it.</summary>
    // Models drivers/base/bus.c:bus_register_notifier() and kernel/notifier.c:notifier_chain_register(), v7.3.
    [Provides("bus_register_notifier")]
    public static int RegisterNotifier(Cpu cpu, ulong bus, ulong block)
    {
        if (cpu.Machine.Provided.Devices.FindBus(bus) is not { } found)
            return -(int)Errno.EINVAL;
        if (found.Notifiers.Any(known => known.Block == block))
            return -(int)Errno.EEXIST;
        var priority = cpu.Load32(block, Block, "priority");
        var at = found.Notifiers.FindIndex(known => known.Priority < priority);
        found.Notifiers.Insert(at < 0 ? found.Notifiers.Count : at, (block, priority));
        return 0;
    }

    [Provides("bus_unregister_notifier")]
    public static int UnregisterNotifier(Cpu cpu, ulong bus, ulong block)
    {
        if (cpu.Machine.Provided.Devices.FindBus(bus) is not { } found)
            return -(int)Errno.EINVAL;
        return found.Notifiers.RemoveAll(known => known.Block == block) > 0 ? 0 : -(int)Errno.ENOENT;
    }

    /// <summary>Calls a function for each device until one returns something else than 0.</summary>
    // Models drivers/base/bus.c:bus_for_each_dev(), v7.3.
    [Provides("bus_for_each_dev")]
    public static int ForEachDevice(Cpu cpu, ulong bus, ulong start, ulong data, ulong function)
    {
        if (cpu.Machine.Provided.Devices.FindBus(bus) is not { } found)
            return -(int)Errno.EINVAL;
        var first = start == 0 ? 0 : found.Devices.IndexOf(start) + 1;
        foreach (var device in found.Devices.Skip(first).ToArray())
        {
            DeviceCore.Get(cpu, device);
            var rc = (int)cpu.Call(function, device, data);
            DeviceCore.Put(cpu, device);
            if (rc != 0)
                return rc;
        }

        return 0;
    }

    /// <summary>Tells all that listen to this bus, in their order.</summary>
    // Models drivers/base/bus.c:bus_notify(), v7.3.
    internal static void Notify(Cpu cpu, ulong bus, BusEvent what, ulong device)
    {
        if (cpu.Machine.Provided.Devices.FindBus(bus) is not { } found)
            return;
        foreach (var (block, _) in found.Notifiers.ToArray())
        {
            var answer = cpu.Call(cpu.Load(block, Block, "notifier_call"), block, (ulong)what, device);
            if (((uint)answer & StopMask) != 0)
                return;
        }
    }
}

/// <summary>C's enum bus_notifier_event, as far as it is used.</summary>
internal enum BusEvent
{
    AddDevice = 0,
    DelDevice = 1,
    RemovedDevice = 2,
}
