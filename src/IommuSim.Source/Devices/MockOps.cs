using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Devices;

/// <summary>
/// Functions of ours in the struct iommu_ops of the tree's mock driver. Each asks whether the driver refuses, calls the
/// tree's function, and then does to the result what the options of a scenario's device say.
/// </summary>
internal static class MockOps
{
    private const string Ops = "iommu_ops";

    /// <summary>C's IOMMU_CAP_CACHE_COHERENCY and IOMMU_CAP_ENFORCE_CACHE_COHERENCY.</summary>
    private const int CacheCoherency = 0;

    private const int EnforceCacheCoherency = 3;

    /// <summary>C's IOMMU_DOMAIN_UNMANAGED: a paging domain that user space manages.</summary>
    private const int Unmanaged = 1;

    private const uint GfpKernel = 0xcc0;

    /// <summary>Once a boot, after the driver has registered itself.</summary>
    internal static void Install(Cpu cpu)
    {
        var image = cpu.Machine.Image;
        if (!image.Has("mock_ops"))
            return;
        var table = image.AddressOf("mock_ops");
        var ops = cpu.Machine.Provided.DriverOps;
        ops.Replace(cpu, table, Ops, "device_group", "iommusim_device_group");
        ops.Replace(cpu, table, Ops, "capable", "iommusim_capable");
        ops.Replace(cpu, table, Ops, "domain_alloc_paging_flags", "iommusim_domain_alloc_paging_flags");
        ops.Replace(cpu, table, Ops, "domain_alloc_user", "iommusim_domain_alloc_user");
        ops.Replace(cpu, table, Ops, "domain_alloc_nested", "iommusim_domain_alloc_nested");
        ops.Replace(cpu, table, Ops, "viommu_init", "iommusim_viommu_init");
        ops.Fill(cpu, table, Ops, "get_resv_regions", "iommusim_get_resv_regions");
    }

    /// <summary>Devices of a scenario that name the same group share one; every other device has its own.</summary>
    [Provides("iommusim_device_group")]
    public static ulong DeviceGroup(Cpu cpu, ulong device)
    {
        var ops = cpu.Machine.Provided.DriverOps;
        if (ops.Find(device) is not { } known)
            return cpu.Call(Original(cpu, "device_group"), device);
        if (ops.FindMate(known) is { } mate)
            return cpu.Call("iommu_group_ref_get", cpu.Load(mate.Address, "device", "iommu_group"));
        return cpu.Call("generic_device_group", device);
    }

    [Provides("iommusim_capable")]
    public static bool IsCapable(Cpu cpu, ulong device, int capability)
    {
        var known = cpu.Machine.Provided.DriverOps.Find(device);
        return (capability, known) switch
        {
            (CacheCoherency, { IsCoherent: false }) => false,
            (EnforceCacheCoherency, { Enforces: true }) => true,
            _ => (cpu.Call(Original(cpu, "capable"), device, (ulong)capability) & 1) != 0,
        };
    }

    /// <summary>The regions of the device, behind those that the driver itself reserves.</summary>
    [Provides("iommusim_get_resv_regions")]
    public static void GetReserved(Cpu cpu, ulong device, ulong list)
    {
        if (Original(cpu, "get_resv_regions") is not 0 and var original)
            cpu.Call(original, device, list);
        if (cpu.Machine.Provided.DriverOps.Find(device) is not { } known)
            return;
        foreach (var region in known.Reserved)
        {
            var made = cpu.Call(
                "iommu_alloc_resv_region",
                region.Start,
                region.Last - region.Start + 1,
                0,
                TypeOf(region.Kind),
                GfpKernel
            );
            if (made == 0)
                return;
            cpu.AddToTail(cpu.AddressOf(made, "iommu_resv_region", "list"), list);
        }
    }

    [Provides("iommusim_domain_alloc_paging_flags")]
    public static ulong AllocatePaging(Cpu cpu, ulong device, uint flags, ulong data)
    {
        if (Refuses(cpu, "domain_alloc_user"))
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        return FinishPaging(cpu, device, cpu.Call(Original(cpu, "domain_alloc_paging_flags"), device, flags, data));
    }

    /// <summary>Before 7.0 one op allocated paging domains and, with a parent, nested ones.</summary>
    [Provides("iommusim_domain_alloc_user")]
    public static ulong AllocateForUser(Cpu cpu, ulong device, uint flags, ulong parent, ulong data)
    {
        if (Refuses(cpu, "domain_alloc_user"))
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        var domain = cpu.Call(Original(cpu, "domain_alloc_user"), device, flags, parent, data);
        return parent == 0 ? FinishPaging(cpu, device, domain) : FinishNested(cpu, device, domain);
    }

    [Provides("iommusim_domain_alloc_nested")]
    public static ulong AllocateNested(Cpu cpu, ulong device, ulong parent, uint flags, ulong data)
    {
        if (Refuses(cpu, "domain_alloc_nested"))
            return CStructs.ErrorPointer((int)Errno.ENOMEM);
        return FinishNested(cpu, device, cpu.Call(Original(cpu, "domain_alloc_nested"), device, parent, flags, data));
    }

    [Provides("iommusim_viommu_init")]
    public static int InitViommu(Cpu cpu, ulong viommu, ulong parent, ulong data)
    {
        if (Refuses(cpu, "viommu_init"))
            return -(int)Errno.ENOMEM;
        var rc = (int)cpu.Call(Original(cpu, "viommu_init"), viommu, parent, data);
        if (rc == 0)
            ViommuOps.Install(cpu, viommu, parent);
        return Answer(cpu, rc);
    }

    /// <summary>Whether the driver refuses; what it returned is noted for checks that the caller sees it.</summary>
    internal static bool Refuses(Cpu cpu, string op)
    {
        var refuses = DriverOps.Refuses(cpu, op);
        if (refuses)
            cpu.Machine.Machine.Answered(Errno.ENOMEM);
        return refuses;
    }

    /// <summary>Notes what the driver returned.</summary>
    internal static int Answer(Cpu cpu, int rc)
    {
        cpu.Machine.Machine.Answered((Errno)(-rc));
        return rc;
    }

    private static ulong FinishPaging(Cpu cpu, ulong device, ulong domain)
    {
        if (!Succeeded(cpu, domain))
            return domain;
        var ops = cpu.Machine.Provided.DriverOps;
        DomainOps.InstallPaging(cpu, domain);
        ops.RememberDomain(domain, ops.Find(device));
        return domain;
    }

    private static ulong FinishNested(Cpu cpu, ulong device, ulong domain)
    {
        if (!Succeeded(cpu, domain))
            return domain;
        DomainOps.Install(cpu, domain);
        var known = cpu.Machine.Provided.DriverOps.Find(device);
        if (known is { ReturnsWrongType: true })
            cpu.Store32(domain, "iommu_domain", "type", Unmanaged);
        if (known is { CanInvalidate: false })
            DomainOps.RemoveInvalidate(cpu, domain);
        return domain;
    }

    private static bool Succeeded(Cpu cpu, ulong domain)
    {
        var failed = CStructs.IsError(domain);
        Answer(cpu, failed ? (int)domain : 0);
        return !failed && domain != 0;
    }

    private static ulong Original(Cpu cpu, string member) =>
        cpu.Machine.Provided.DriverOps.Original(cpu, cpu.Machine.Image.AddressOf("mock_ops"), Ops, member);

    /// <summary>C's enum iommu_resv_type, which has this order.</summary>
    private static ulong TypeOf(ReservedKind kind) =>
        kind switch
        {
            ReservedKind.Direct => 0,
            ReservedKind.DirectRelaxable => 1,
            ReservedKind.Reserved => 2,
            ReservedKind.Msi => 3,
            ReservedKind.SoftwareMsi => 4,
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
}
