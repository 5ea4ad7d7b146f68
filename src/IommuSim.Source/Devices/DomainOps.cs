using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Devices;

/// <summary>
/// Functions of ours in the struct iommu_domain_ops of the mock's domains. A blocking domain never refuses: the core
/// attaches it where nothing may fail.
/// </summary>
internal static class DomainOps
{
    private const string Ops = "iommu_domain_ops";

    /// <summary>The domain is new: its table has our functions from here on.</summary>
    internal static void Install(Cpu cpu, ulong domain)
    {
        var table = TableOf(cpu, domain);
        var ops = cpu.Machine.Provided.DriverOps;
        ops.Replace(cpu, table, Ops, "attach_dev", "iommusim_attach_dev", "iommusim_attach_dev_without_old");
        ops.Replace(cpu, table, Ops, "set_dev_pasid", "iommusim_set_dev_pasid", "iommusim_set_dev_pasid_without_old");
    }

    /// <summary>
    /// A new paging domain. It keeps the table of all: the driver takes a domain with another table for a foreign one.
    /// </summary>
    internal static void InstallPaging(Cpu cpu, ulong domain)
    {
        Install(cpu, domain);
        var ops = cpu.Machine.Provided.DriverOps;
        ops.Fill(cpu, TableOf(cpu, domain), Ops, "enforce_cache_coherency", "iommusim_enforce_cache_coherency");
    }

    /// <summary>
    /// Gives this nested domain a table without cache_invalidate_user. The selftest's operations on nested hwpts then
    /// refuse it, as they do any table that is not the driver's own.
    /// </summary>
    internal static void RemoveInvalidate(Cpu cpu, ulong domain)
    {
        var ops = cpu.Machine.Provided.DriverOps;
        var table = ops.Variant(
            cpu,
            TableOf(cpu, domain),
            Ops,
            OpChange.NoInvalidate,
            variant => cpu.Store(variant, Ops, "cache_invalidate_user", 0)
        );
        cpu.Store(domain, "iommu_domain", "ops", table);
    }

    [Provides("iommusim_attach_dev")]
    public static int Attach(Cpu cpu, ulong domain, ulong device, ulong old) =>
        DriverOps.Refuses(cpu, "__iommu_attach_device")
            ? -(int)Errno.EINVAL
            : Note(cpu, (int)cpu.Call(Original(cpu, domain, "attach_dev"), domain, device, old));

    /// <summary>Releases that do not tell the driver what was attached before.</summary>
    [Provides("iommusim_attach_dev_without_old")]
    public static int AttachWithoutOld(Cpu cpu, ulong domain, ulong device) => Attach(cpu, domain, device, 0);

    [Provides("iommusim_set_dev_pasid")]
    public static int SetPasid(Cpu cpu, ulong domain, ulong device, uint pasid, ulong old) =>
        DriverOps.Refuses(cpu, "set_dev_pasid")
            ? -(int)Errno.EINVAL
            : Note(cpu, (int)cpu.Call(Original(cpu, domain, "set_dev_pasid"), domain, device, pasid, old));

    [Provides("iommusim_set_dev_pasid_without_old")]
    public static int SetPasidWithoutOld(Cpu cpu, ulong domain, ulong device, uint pasid) =>
        SetPasid(cpu, domain, device, pasid, 0);

    /// <summary>False, as without the op, where the IOMMU of the device that it was allocated for cannot.</summary>
    [Provides("iommusim_enforce_cache_coherency")]
    public static bool EnforceCacheCoherency(Cpu cpu, ulong domain) =>
        cpu.Machine.Provided.DriverOps.DeviceOf(domain) is { Enforces: true };

    /// <summary>
    /// Where the driver itself refuses an attach, what follows is the core's way back, as after a decision.
    /// </summary>
    private static int Note(Cpu cpu, int rc)
    {
        if (rc != 0)
            cpu.WasRefused = true;
        return rc;
    }

    private static ulong TableOf(Cpu cpu, ulong domain) => cpu.Load(domain, "iommu_domain", "ops");

    private static ulong Original(Cpu cpu, ulong domain, string member) =>
        cpu.Machine.Provided.DriverOps.Original(cpu, TableOf(cpu, domain), Ops, member);
}
