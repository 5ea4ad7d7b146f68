using System.Buffers.Binary;
using IommuSim.Iommu;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Devices;

/// <summary>
/// Makes devices for scenarios as the tree's mock driver makes those of the selftest. The driver's own function for it
/// is inlined in its caller; the real core probes what is made here.
/// </summary>
internal static class MockDevices
{
    private const string Mock = "mock_dev";

    /// <summary>C's IOMMU_TEST_DEV_CACHE_DEFAULT.</summary>
    private const int CacheDefault = 0xbaddad;

    private const int CacheEntries = 4;

    /// <summary>C's MOCK_PASID_WIDTH.</summary>
    private const uint PasidBits = 20;

    private const uint GfpKernel = 0xcc0;

    /// <summary>The device, probed and in its group; null where the kernel refused it.</summary>
    // Models drivers/iommu/iommufd/selftest.c:mock_dev_create(), v7.3 and v6.12.
    public static ScenarioDevice? Create(Cpu cpu, DeviceOptions options)
    {
        var image = cpu.Machine.Image;
        var mock = cpu.Machine.Heap.Allocate(cpu, image.SizeOf(Mock), isZeroed: true);
        var address = cpu.AddressOf(mock, Mock, "dev");
        DeviceCore.Initialize(cpu, address);
        InitLocks(cpu, mock);
        cpu.StoreIfThere(mock, Mock, "flags", DeviceWords.FlagsOf(options));
        cpu.Store(address, "device", "release", image.AddressOf("mock_dev_release"));
        cpu.Store(address, "device", "bus", image.AddressOf("iommufd_mock_bus_type"));
        FillCache(cpu, mock);
        Name(cpu, mock, address);
        if (image.HasMember(Mock, "pasid_1024_fake_error"))
            GivePasids(cpu, address, DeviceWords.Says(options, "pasid", "yes"));
        var device = DeviceWords.DeviceOf(options, address);
        var ops = cpu.Machine.Provided.DriverOps;
        ops.BeginAdd(device);
        var succeeded = Add(cpu, address) == 0 && cpu.Load(address, "device", "iommu_group") != 0;
        ops.EndAdd(succeeded);
        return succeeded ? device : null;
    }

    private static int Add(Cpu cpu, ulong device)
    {
        var image = cpu.Machine.Image;
        if (!image.Has("iommu_mock_device_add"))
            return DeviceCore.Add(cpu, device);
        var iommu = image.AddressOf("mock_iommu") + image.OffsetOf("mock_iommu_device", "iommu_dev");
        return (int)cpu.Call("iommu_mock_device_add", device, iommu);
    }

    private static void InitLocks(Cpu cpu, ulong mock)
    {
        foreach (var name in (string[])["viommu_rwsem", "iopf_rwsem"])
        {
            if (cpu.Machine.Image.HasMember(Mock, name))
                cpu.Machine.Provided.Locks.Initialise(cpu.AddressOf(mock, Mock, name), $"&mdev->{name}");
        }
    }

    private static void FillCache(Cpu cpu, ulong mock)
    {
        if (!cpu.Machine.Image.HasMember(Mock, "cache"))
            return;
        var cache = cpu.AddressOf(mock, Mock, "cache");
        for (ulong i = 0; i < CacheEntries; i++)
            cpu.Memory.Store32(cache + (i * sizeof(int)), CacheDefault, cpu.Site);
    }

    /// <summary>Numbers are those of the driver's own devices, so that no two share a name.</summary>
    private static void Name(Cpu cpu, ulong mock, ulong device)
    {
        const uint Any = int.MaxValue;
        var image = cpu.Machine.Image;
        var id = 0;
        if (image.Has("mock_dev_ida"))
            id = (int)cpu.Call("ida_alloc_range", image.AddressOf("mock_dev_ida"), 0, Any, GfpKernel);
        if (image.HasMember(Mock, "id"))
            cpu.Store32(mock, Mock, "id", id);
        Kobjects.SetName(cpu, cpu.AddressOf(device, "device", "kobj"), $"iommufd_mock{id}");
    }

    private static void GivePasids(Cpu cpu, ulong device, bool hasPasids)
    {
        var bits = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bits, hasPasids ? PasidBits : 0);
        var properties = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["pasid-num-bits"] = bits };
        SoftwareNodes.Give(cpu, device, new SoftwareNode(IsManaged: true, properties));
    }
}
