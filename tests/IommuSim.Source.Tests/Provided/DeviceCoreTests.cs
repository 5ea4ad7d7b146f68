using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Source.Devices;
using IommuSim.Source.Provided;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Provided;

public sealed class DeviceCoreTests
{
    private readonly TinyKernel _kernel = new();
    private readonly ulong _bus;
    private readonly ulong _device;

    public DeviceCoreTests()
    {
        _bus = _kernel.Allocate(8);
        Buses.Register(_kernel.Cpu, _bus);
        _device = _kernel.Allocate(192);
        _kernel.Cpu.Memory.Fill(_device, 0, 192, 1);
        DeviceCore.Initialize(_kernel.Cpu, _device);
        _kernel.Cpu.Store(_device, "device", "bus", _bus);
        _kernel.Cpu.Store(_device, "device", "release", _kernel.Function("remember"));
        Kobjects.SetName(_kernel.Cpu, _device, "dev0");
    }

    [Fact]
    public void Add_TellsTheBusByPriority()
    {
        var late = Listen(priority: 0);
        var early = Listen(priority: 1);
        Assert.Equal(0, DeviceCore.Add(_kernel.Cpu, _device));
        Assert.Equal([(early, 0UL), (late, 0UL)], _kernel.Remembered);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void Unregister_TellsTheBusAndReleases()
    {
        DeviceCore.Add(_kernel.Cpu, _device);
        var block = Listen(priority: 0);
        DeviceCore.Unregister(_kernel.Cpu, _device);
        Assert.Equal([(block, 1UL), (block, 2UL), (_device, 0UL)], _kernel.Remembered);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void Put_OfWhatIsGone_IsReported()
    {
        DeviceCore.Put(_kernel.Cpu, _device);
        DeviceCore.Put(_kernel.Cpu, _device);
        Assert.Single(_kernel.Machine.Reports);
    }

    [Fact]
    public void RegisterNotifier_Refusals_AreThoseOfLinux()
    {
        var block = Listen(priority: 0);
        Assert.Equal(-17, Buses.RegisterNotifier(_kernel.Cpu, _bus, block));
        Assert.Equal(-22, Buses.RegisterNotifier(_kernel.Cpu, block, block));
        Assert.Equal(0, Buses.UnregisterNotifier(_kernel.Cpu, _bus, block));
        Assert.Equal(-2, Buses.UnregisterNotifier(_kernel.Cpu, _bus, block));
    }

    [Fact]
    public void ManagedNode_IsReadAndEndsWithTheDevice()
    {
        var live = _kernel.Machine.Heap.LiveCount;
        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["pasid-num-bits"] = [20, 0, 0, 0] };
        SoftwareNodes.Give(_kernel.Cpu, _device, new SoftwareNode(IsManaged: true, values));
        var value = _kernel.Allocate(4);
        _kernel.WriteText("pasid-num-bits");
        Assert.Equal(0, SoftwareNodes.ReadU32Array(_kernel.Cpu, _device, TinyKernel.Text, value, 1));
        Assert.Equal(20, _kernel.Cpu.Memory.Load32(value, 1));
        Assert.Equal(1, SoftwareNodes.ReadU32Array(_kernel.Cpu, _device, TinyKernel.Text, 0, 0));
        Assert.Equal(-75, SoftwareNodes.ReadU32Array(_kernel.Cpu, _device, TinyKernel.Text, value, 2));
        _kernel.WriteText("another");
        Assert.Equal(-22, SoftwareNodes.ReadU32Array(_kernel.Cpu, _device, TinyKernel.Text, value, 1));
        DeviceCore.Add(_kernel.Cpu, _device);
        DeviceCore.Delete(_kernel.Cpu, _device);
        // What is left: the value, and what the driver core keeps of the device.
        Assert.Equal(live + 2, _kernel.Machine.Heap.LiveCount);
    }

    [Fact]
    public void Kobject_HoldsItsParent()
    {
        _kernel.WriteText("devices");
        var parent = Kobjects.CreateAndAdd(_kernel.Cpu, TinyKernel.Text, 0);
        var child = Kobjects.CreateAndAdd(_kernel.Cpu, TinyKernel.Text, parent);
        var live = _kernel.Machine.Heap.LiveCount;
        Kobjects.Put(_kernel.Cpu, parent);
        Assert.Equal(live, _kernel.Machine.Heap.LiveCount);
        Kobjects.Put(_kernel.Cpu, child);
        Assert.Equal(live - 4, _kernel.Machine.Heap.LiveCount);
        _kernel.Machine.NoUnexpectedReports();
    }

    [Fact]
    public void Words_OfAnotherDriver_AreRefused()
    {
        var options = new DeviceOptions("dev0", "dev0") { Settings = ImmutableDictionary<string, string>.Empty };
        Assert.Equal(
            "a kernel made of C has no driver 'amd', only its own mock driver",
            DeviceWords.Refuse(_kernel.Source.Image, "amd", options)
        );
        Assert.Equal(
            "this kernel was built without its mock driver, CONFIG_IOMMUFD_TEST",
            DeviceWords.Refuse(_kernel.Source.Image, "mock", options)
        );
    }

    private ulong Listen(int priority)
    {
        var block = _kernel.Allocate(24);
        _kernel.Cpu.Store(block, "notifier_block", "notifier_call", _kernel.Function("remember"));
        _kernel.Cpu.Store32(block, "notifier_block", "priority", priority);
        Assert.Equal(0, Buses.RegisterNotifier(_kernel.Cpu, _bus, block));
        return block;
    }
}
