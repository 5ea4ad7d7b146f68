using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>A device behind a VT-d unit. Models struct device_domain_info.</summary>
internal sealed class VtdDevice(KernelMachine machine, IommuOps ops, DeviceOptions options)
    : IommuDevice(machine, ops, options),
        IChained<VtdDevice>
{
    private static readonly ReservedRegion s_rmrr = new(0x7b800000, 0x7fffffff, ReservedKind.Direct);
    private static readonly ReservedRegion s_msi = new(0xfee00000, 0xfeefffff, ReservedKind.Msi);

    public static ImmutableArray<DriverOption> Options { get; } =
    [
        new("nest", ["yes", "no"], "the unit translates guest page tables (ecap.NEST)"),
        new("sc", ["yes", "no"], "the unit can force coherent DMA (ecap.SC)"),
        new("srs", ["yes", "no"], "the unit takes supervisor requests (ecap.SRS)"),
        new("eafs", ["yes", "no"], "the unit sets extended accessed flags (ecap.EAFS)"),
        new("la57", ["no", "yes"], "CPU and unit walk guest page tables of five levels (cap.FL5LP)"),
        new("width", ["48", "39", "57"], "bits of an I/O virtual address (cap.SAGAW, cap.MGAW)"),
        new("unit", ["dmar0"], "the unit that the device is behind; any word"),
        new("rmrr", ["none", "direct"], "firmware wants 0x7b800000-0x7fffffff mapped one to one"),
        new("ssads", ["no", "yes"], "the unit marks dirty pages of the second stage (ecap.SSADS)"),
    ];

    /// <summary>6.12 and 7.3.</summary>
    public static ImmutableArray<DriverOption> Options73 { get; } =
    [
        .. Options,
        new("sm", ["yes", "no"], "the unit is in scalable mode (ecap.SMTS)"),
        new("pri", ["no", "yes"], "the device can raise page requests"),
        new("ats", ["no", "yes"], "the device can cache translations"),
    ];

    public required VtdProfile Profile { get; init; }

    /// <summary>Firmware has a region of the device mapped that user space cannot take over.</summary>
    public bool HasLockedRmrr { get; private init; }

    /// <summary>The domain that the unit translates with; null while it blocks.</summary>
    public VtdDomain? Domain { get; private set; }

    public VtdDevice? Next { get; set; }

    /// <summary>
    /// 7.3: what the core attached last and calls the old domain, also while a refusal has left the unit blocking.
    /// </summary>
    public IommuDomain? Old { get; set; }

    /// <summary>7.3: the device can raise page requests.</summary>
    public bool HasPri { get; private init; }

    /// <summary>
    /// Attached domains with a handler of page faults; the first puts the device in the unit's queue.
    /// </summary>
    private int FaultUsers { get; set; }

    public static VtdDevice Create(KernelMachine machine, DriverSpec driver, DeviceOptions options)
    {
        var settings = new DeviceSettings(driver, options);
        var profile = VtdProfile.Of(settings);
        var hasRmrr = settings.Is("rmrr", "direct");
        return new VtdDevice(machine, driver.Ops, options)
        {
            Profile = profile,
            Unit = settings["unit"],
            HasLockedRmrr = hasRmrr,
            EnforceCacheCoherency = profile.HasSnoopControl,
            DirtyTracking = profile.HasStageTwoDirty && !settings.Says("sm", "no"),
            HasPri = settings.Says("pri", "yes"),
            HasAts = settings.Says("ats", "yes"),
            CanFault = settings.Says("pri", "yes") && settings.Says("ats", "yes"),
            ReservedRegions = hasRmrr ? [s_rmrr, s_msi, .. options.Reserved] : [s_msi, .. options.Reserved],
        };
    }

    /// <summary>
    /// The private data of a device that an attach op was given, or null when another driver's lies
    /// there; the mock's devices have none. The kernel checks neither before 6.8.
    /// </summary>
    public static VtdDevice? PrivateOf(IommuDevice device, string function)
    {
        if (device is VtdDevice own)
            return own;
        if (device.IsMock)
            throw device.Machine.Oops(ReportKind.NullDereference, function, "info is NULL");
        device.Machine.Report(ReportKind.SlabOutOfBounds, function, "the device's private data is another driver's");
        return null;
    }

    // Models drivers/iommu/intel/iommu.c:device_block_translation(), v6.2.
    public void Block()
    {
        if (Domain is not null)
            Domain.Devices.Remove(this);
        if (Domain is VtdNestedDomain { Parent: VtdPagingDomain parent })
            parent.NestedDevices--;
        Domain = null;
        Attached = null;
    }

    /// <summary>The unit translates with <paramref name="domain"/> from now on.</summary>
    public void Join(VtdDomain domain)
    {
        Domain = domain;
        domain.Devices.Add(this);
        if (domain is VtdNestedDomain { Parent: VtdPagingDomain parent })
            parent.NestedDevices++;
    }

    /// <summary>
    /// Part of attaching a domain: ENODEV when it wants page faults and the device has no PRI, ENOMEM.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_enable_iopf(), v7.3.
    public Errno StartFaults(IommuDomain? domain)
    {
        if (domain?.IopfHandler is null)
            return Errno.OK;
        if (!HasPri)
            return Errno.ENODEV;
        if (FaultUsers == 0)
        {
            var rc = Iommu.IopfQueue.AddDevice(this);
            if (rc != Errno.OK)
                return rc;
        }

        FaultUsers++;
        return Errno.OK;
    }

    /// <summary>Undoes it, after a detach or a failed attach.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_disable_iopf(), v7.3.
    public void StopFaults(IommuDomain? domain)
    {
        if (domain?.IopfHandler is null)
            return;
        const string Site = "intel_iommu_disable_iopf";
        if (Machine.WarnOn(!HasPri || FaultUsers == 0, Site, "page faults are off already"))
            return;
        if (--FaultUsers == 0)
            Iommu.IopfQueue.RemoveDevice(this);
    }
}
