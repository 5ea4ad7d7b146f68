using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>The driver core: devices, counted, that come to a bus and leave it.</summary>
internal static class DeviceCore
{
    private const string Tag = "device";

    /// <summary>Bytes of what the driver core itself keeps of a device; no compiled C looks into it.</summary>
    private const ulong PrivateSize = 64;

    private const int NoNode = -1;

    /// <summary>Models drivers/base/core.c:device_initialize(), v7.3.</summary>
    [Provides("device_initialize")]
    public static void Initialize(Cpu cpu, ulong device)
    {
        Kobjects.Init(cpu, cpu.AddressOf(device, Tag, "kobj"), KobjectKind.Device);
        foreach (var list in (string[])["dma_pools", "devres_head"])
            cpu.InitList(cpu.AddressOf(device, Tag, list));
        if (cpu.Machine.Image.HasMember(Tag, "numa_node"))
            cpu.Store32(device, Tag, "numa_node", NoNode);
    }

    /// <summary>Models drivers/base/core.c:dev_set_name(), v7.3.</summary>
    [Provides("dev_set_name")]
    public static int SetName(Cpu cpu, ulong device, ulong format, ulong[] arguments) =>
        Kobjects.SetName(cpu, cpu.AddressOf(device, Tag, "kobj"), KernelText.Format(cpu, format, arguments));

    [Provides("get_device")]
    public static ulong Get(Cpu cpu, ulong device)
    {
        if (device != 0)
            Kobjects.Get(cpu, cpu.AddressOf(device, Tag, "kobj"));
        return device;
    }

    [Provides("put_device")]
    public static void Put(Cpu cpu, ulong device)
    {
        if (device != 0)
            Kobjects.Put(cpu, cpu.AddressOf(device, Tag, "kobj"));
    }

    /// <summary>-EINVAL without a name, -ENOMEM. What a listener on the bus returns is not looked at.</summary>
    // Models drivers/base/core.c:device_add(), v7.3. No driver of a bus that is compiled binds to devices.
    [Provides("device_add")]
    public static int Add(Cpu cpu, ulong device)
    {
        Get(cpu, device);
        var rc = AddReferenced(cpu, device);
        Put(cpu, device);
        return rc;
    }

    /// <summary>Models drivers/base/core.c:device_del(), v7.3.</summary>
    [Provides("device_del")]
    public static void Delete(Cpu cpu, ulong device)
    {
        var parent = cpu.Load(device, Tag, "parent");
        var bus = cpu.Load(device, Tag, "bus");
        Buses.Notify(cpu, bus, BusEvent.DelDevice, device);
        cpu.Machine.Provided.Devices.FindBus(bus)?.Devices.Remove(device);
        SoftwareNodes.DeviceLeaves(cpu, device);
        Buses.Notify(cpu, bus, BusEvent.RemovedDevice, device);
        Kobjects.Delete(cpu, cpu.AddressOf(device, Tag, "kobj"));
        Put(cpu, parent);
    }

    [Provides("device_unregister")]
    public static void Unregister(Cpu cpu, ulong device)
    {
        Delete(cpu, device);
        Put(cpu, device);
    }

    /// <summary>The driver's name, or that of the bus, for messages.</summary>
    [Provides("dev_driver_string")]
    public static ulong DriverString(Cpu cpu, ulong device)
    {
        var driver = cpu.Load(device, Tag, "driver");
        if (driver != 0)
            return cpu.Load(driver, "device_driver", "name");
        var bus = cpu.Load(device, Tag, "bus");
        return bus != 0 ? cpu.Load(bus, "bus_type", "name") : cpu.Load(device, Tag, "init_name");
    }

    /// <summary>Nothing waits for a driver that may come: all that this kernel has is built in.</summary>
    // Models drivers/base/dd.c:driver_deferred_probe_check_state(), v7.3, without CONFIG_MODULES.
    [Provides("driver_deferred_probe_check_state")]
    public static int CheckDeferredProbe(Cpu cpu, ulong device) => -(int)Errno.ENODEV;

    /// <summary>Models drivers/base/platform.c:platform_device_register_full(), v7.3.</summary>
    // Resources, data and properties are not copied: no device that is compiled has them.
    [Provides("platform_device_register_full")]
    public static ulong RegisterPlatformDevice(Cpu cpu, ulong info)
    {
        var block = cpu.Machine.Heap.Allocate(cpu, cpu.Machine.Image.SizeOf("platform_device"), isZeroed: true);
        if (block == 0)
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        var device = cpu.AddressOf(block, "platform_device", "dev");
        Initialize(cpu, device);
        cpu.Machine.Provided.Devices.OwnBlock(device, block);
        cpu.Store(device, Tag, "bus", cpu.Machine.Image.AddressOf("platform_bus_type"));
        var name = cpu.Load(info, "platform_device_info", "name");
        cpu.Store(block, "platform_device", "name", name);
        var rc = Kobjects.SetName(cpu, cpu.AddressOf(device, Tag, "kobj"), $"{KernelText.ReadString(cpu, name)}.0");
        if (rc == 0)
            rc = Add(cpu, device);
        if (rc == 0)
            return block;
        Put(cpu, device);
        return CStructs.ErrorPointer(-rc);
    }

    [Provides("platform_device_unregister")]
    public static void UnregisterPlatformDevice(Cpu cpu, ulong platformDevice) =>
        Unregister(cpu, cpu.AddressOf(platformDevice, "platform_device", "dev"));

    /// <summary>Models drivers/iommu/iommu-sysfs.c:iommu_device_sysfs_add(), v7.3.</summary>
    [Provides("iommu_device_sysfs_add")]
    public static int AddIommu(Cpu cpu, ulong iommu, ulong parent, ulong groups, ulong format, ulong[] arguments)
    {
        var device = cpu.Machine.Heap.Allocate(cpu, cpu.Machine.Image.SizeOf(Tag), isZeroed: true);
        cpu.Store(iommu, "iommu_device", "dev", device);
        if (device == 0)
            return -(int)Errno.ENOMEM;
        Initialize(cpu, device);
        cpu.Machine.Provided.Devices.OwnBlock(device, device);
        cpu.Store(device, Tag, "parent", parent);
        cpu.Store(device, Tag, "groups", groups);
        var rc = SetName(cpu, device, format, arguments);
        if (rc == 0)
            rc = Add(cpu, device);
        if (rc == 0)
            cpu.Store(device, Tag, "driver_data", iommu);
        else
            Put(cpu, device);
        return rc;
    }

    [Provides("iommu_device_sysfs_remove")]
    public static void RemoveIommu(Cpu cpu, ulong iommu)
    {
        var device = cpu.Load(iommu, "iommu_device", "dev");
        cpu.Store(device, Tag, "driver_data", 0);
        Unregister(cpu, device);
        cpu.Store(iommu, "iommu_device", "dev", 0);
    }

    /// <summary>The last put of a device: its own release function, or that of its type.</summary>
    // Models drivers/base/core.c:device_release(), v7.3.
    internal static void Release(Cpu cpu, ulong device)
    {
        var kept = cpu.Load(device, Tag, "p");
        var type = cpu.Load(device, Tag, "type");
        var release = cpu.Load(device, Tag, "release");
        if (release == 0 && type != 0)
            release = cpu.Load(type, "device_type", "release");
        var block = cpu.Machine.Provided.Devices.TakeBlock(device);
        if (block != 0)
            cpu.Machine.Heap.Free(cpu, block);
        else if (release != 0)
            cpu.Call(release, device);
        else
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, "a device without a release function is put");
        cpu.Machine.Heap.Free(cpu, kept);
    }

    private static int AddReferenced(Cpu cpu, ulong device)
    {
        if (cpu.Load(device, Tag, "p") == 0)
        {
            var kept = cpu.Machine.Heap.Allocate(cpu, PrivateSize, isZeroed: true);
            if (kept == 0)
                return -(int)Errno.ENOMEM;
            cpu.Store(device, Tag, "p", kept);
        }

        if (cpu.Load(device, Tag, "kobj.name") == 0)
        {
            cpu.Machine.Heap.Free(cpu, cpu.Load(device, Tag, "p"));
            cpu.Store(device, Tag, "p", 0);
            return -(int)Errno.EINVAL;
        }

        var parent = Get(cpu, cpu.Load(device, Tag, "parent"));
        var kobjParent = parent == 0 ? 0 : cpu.AddressOf(parent, Tag, "kobj");
        Kobjects.Add(cpu, cpu.AddressOf(device, Tag, "kobj"), kobjParent);
        var bus = cpu.Load(device, Tag, "bus");
        cpu.Machine.Provided.Devices.FindBus(bus)?.Devices.Add(device);
        Buses.Notify(cpu, bus, BusEvent.AddDevice, device);
        return 0;
    }
}
