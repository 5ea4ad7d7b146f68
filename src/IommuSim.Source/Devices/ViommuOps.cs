using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Devices;

/// <summary>Functions of ours in the struct iommufd_viommu_ops of the mock's vIOMMUs.</summary>
internal static class ViommuOps
{
    private const string Ops = "iommufd_viommu_ops";

    /// <summary>What a vDEVICE of the driver's own has beyond that of the core, or lacks of it.</summary>
    private const ulong VdeviceDifference = 8;

    /// <summary>The driver has set up the vIOMMU: its table has our functions from here on.</summary>
    /// <param name="parent">The domain that it stands on.</param>
    internal static void Install(Cpu cpu, ulong viommu, ulong parent)
    {
        var table = TableOf(cpu, viommu);
        var ops = cpu.Machine.Provided.DriverOps;
        ops.Replace(cpu, table, Ops, "alloc_domain_nested", "iommusim_viommu_alloc_domain_nested");
        ops.Replace(cpu, table, Ops, "hw_queue_init_phys", "iommusim_hw_queue_init_phys");
        if (ops.DeviceOf(parent) is not { HasOwnVdevices: true } device)
            return;
        var change = device.HasTooSmallVdevices ? OpChange.TooSmallVdevices : OpChange.OwnVdevices;
        var variant = ops.Variant(cpu, table, Ops, change, made => AddVdevices(cpu, made, change));
        cpu.Store(viommu, "iommufd_viommu", "ops", variant);
    }

    [Provides("iommusim_viommu_alloc_domain_nested")]
    public static ulong AllocateNested(Cpu cpu, ulong viommu, uint flags, ulong data)
    {
        if (MockOps.Refuses(cpu, "alloc_domain_nested"))
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        var domain = cpu.Call(Original(cpu, viommu, "alloc_domain_nested"), viommu, flags, data);
        MockOps.Answer(cpu, CStructs.IsError(domain) ? (int)domain : 0);
        if (!CStructs.IsError(domain) && domain != 0)
            DomainOps.Install(cpu, domain);
        return domain;
    }

    [Provides("iommusim_hw_queue_init_phys")]
    public static int InitHwQueue(Cpu cpu, ulong queue, uint index, ulong physical)
    {
        if (MockOps.Refuses(cpu, "hw_queue_init_phys"))
            return -(int)Errno.ENOMEM;
        var viommu = cpu.Load(queue, "iommufd_hw_queue", "viommu");
        return MockOps.Answer(cpu, (int)cpu.Call(Original(cpu, viommu, "hw_queue_init_phys"), queue, index, physical));
    }

    /// <summary>
    /// The tree's mock has no vDEVICE of its own; this one keeps the guest's number behind the core's.
    /// </summary>
    [Provides("iommusim_vdevice_init")]
    public static int InitVdevice(Cpu cpu, ulong vdevice)
    {
        if (MockOps.Refuses(cpu, "vdevice_init") || !cpu.Machine.Machine.Heap.CanAllocate("mock_vdevice_init"))
            return MockOps.Answer(cpu, -(int)Errno.ENOMEM);
        var own = vdevice + cpu.Machine.Image.SizeOf("iommufd_vdevice");
        cpu.Memory.Store64(own, (long)cpu.Load(vdevice, "iommufd_vdevice", "virt_id"), cpu.Site);
        return MockOps.Answer(cpu, 0);
    }

    private static void AddVdevices(Cpu cpu, ulong table, OpChange change)
    {
        var core = cpu.Machine.Image.SizeOf("iommufd_vdevice");
        var size = change == OpChange.TooSmallVdevices ? core - VdeviceDifference : core + VdeviceDifference;
        cpu.Store(table, Ops, "vdevice_size", size);
        cpu.Store(table, Ops, "vdevice_init", cpu.Machine.Image.AddressOf("iommusim_vdevice_init"));
    }

    private static ulong TableOf(Cpu cpu, ulong viommu) => cpu.Load(viommu, "iommufd_viommu", "ops");

    private static ulong Original(Cpu cpu, ulong viommu, string member) =>
        cpu.Machine.Provided.DriverOps.Original(cpu, TableOf(cpu, viommu), Ops, member);
}
