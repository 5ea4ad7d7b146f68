using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>A device behind an SMMUv3 in 7.3. Models struct arm_smmu_master.</summary>
internal sealed class SmmuV3Master(KernelMachine machine, IommuOps ops, DeviceOptions options)
    : IommuDevice(machine, ops, options)
{
    /// <summary>Substream ids of a table of context descriptors that needs no second level.</summary>
    private const int LinearBits = 10;

    private const ulong MsiStart = 0x8000000;
    private const ulong MsiLength = 0x100000;

    private static readonly ReservedRegion s_msi = new(MsiStart, MsiStart + MsiLength - 1, ReservedKind.SoftwareMsi);

    /// <summary>The parts of the second level that are there.</summary>
    private readonly List<uint> _leaves = [];

    private readonly List<(uint Pasid, SmmuV3PagingDomain Domain, bool UsesFaults)> _pasids = [];
    private bool _hasDescriptors;
    private int _faultUsers;

    public static ImmutableArray<DriverOption> Options { get; } =
    [
        .. SmmuV3Device.Options,
        new("streams", ["1", "0", "2"], "stream ids that the device has"),
        new("canwbs", ["yes", "no"], "the device's DMA is coherent whatever it says (firmware's CANWBS)"),
        new("s2fwb", ["no", "yes"], "the second stage can force write-back (IDR3.FWB)"),
        new("ds", ["no", "yes"], "the SMMU has 52-bit addresses with small pages (IDR5.DS)"),
        new("asid", ["16", "8"], "bits of an address space id (IDR0.ASID16)"),
        new("oas", ["48", "44", "42", "40", "36", "32"], "bits of an address of the second stage (IDR5.OAS)"),
        new("hd", ["no", "yes"], "the SMMU marks dirty pages (IDR0.HTTU)"),
        new("idr0-ats", ["yes", "no"], "the SMMU implements ATS (IDR0.ATS)"),
        new("ats", ["no", "yes"], "the device can cache translations"),
        new("cmdqv", ["no", "yes"], "the SMMU has NVIDIA's Tegra241 command queues"),
    ];

    public SmmuV3Profile Profile { get; private init; }

    public bool Stalls { get; private init; }

    public int StreamCount { get; private init; }

    /// <summary>Firmware says that all its DMA is coherent.</summary>
    public bool IsCoherent { get; private init; }

    public bool HasCommandQueues { get; private init; }

    /// <summary>What its stream table entry is of; null while that blocks.</summary>
    public IommuDomain? Domain { get; private set; }

    /// <summary>The vIOMMU of <see cref="Domain"/> that gets its events: C's vmaster. Null without.</summary>
    public IViommu? Viommu { get; private set; }

    /// <summary>The guest's stream id, behind <see cref="Viommu"/>.</summary>
    public ulong VirtualId { get; private set; }

    private bool UsesFaults { get; set; }

    /// <summary>PASIDs are attached: the stream table entry needs the kernel's context descriptors.</summary>
    public bool HasPasidsInUse => _pasids.Count > 0;

    /// <summary>The stream id: the driver looks at the first alone.</summary>
    public uint StreamId { get; private init; }

    public static SmmuV3Master Create(KernelMachine machine, DriverSpec driver, DeviceOptions options)
    {
        var settings = new DeviceSettings(driver, options);
        var profile = SmmuV3Profile.Of(settings);
        var isCoherent = settings.Is("canwbs", "yes");
        return new SmmuV3Master(machine, driver.Ops, options)
        {
            Profile = profile,
            Unit = settings["unit"],
            Stalls = settings.Is("stall", "yes"),
            StreamCount = int.Parse(settings["streams"], CultureInfo.InvariantCulture),
            StreamId = StreamIdOf(options.Name),
            IsCoherent = isCoherent,
            HasCommandQueues = settings.Is("cmdqv", "yes"),
            CacheCoherency = profile.IsCoherent,
            EnforceCacheCoherency = isCoherent,
            DirtyTracking = profile.CanTrackDirty,
            HasAts = profile.HasAts && settings.Is("ats", "yes"),
            MaxPasids = profile.SsidBits == 0 ? 0 : 1u << profile.SsidBits,
            ReservedRegions = [s_msi, .. options.Reserved],
        };
    }

    /// <summary>
    /// The place of a PASID's context descriptor, 0 for the device itself: false without memory. It stays.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_alloc_cd_ptr(), v7.3.
    public bool HasDescriptorFor(uint pasid)
    {
        const string Site = "arm_smmu_alloc_cd_tables";
        var heap = Machine.Heap;
        var isLinear = Profile.SsidBits <= LinearBits;
        if (!_hasDescriptors && (!heap.CanAllocate(Site) || (!isLinear && !heap.CanAllocate(Site))))
            return false;
        _hasDescriptors = true;
        var leaf = pasid >> LinearBits;
        if (isLinear || _leaves.Contains(leaf))
            return true;
        if (!heap.CanAllocate("arm_smmu_alloc_cd_ptr"))
            return false;
        _leaves.Add(leaf);
        return true;
    }

    /// <summary>
    /// Part of attaching: EOPNOTSUPP for a device that stalls with other than one stream, ENOMEM.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_enable_iopf(), v7.3. A device that cannot stall needs no page faults.
    public Errno StartFaults(IommuDomain domain, out bool usesFaults)
    {
        usesFaults = false;
        if (domain.IopfHandler is null || !Stalls)
            return Errno.OK;
        if (StreamCount != 1)
            return Errno.EOPNOTSUPP;
        if (_faultUsers == 0)
        {
            var rc = Iommu.IopfQueue.AddDevice(this);
            if (rc != Errno.OK)
                return rc;
        }

        _faultUsers++;
        usesFaults = true;
        return Errno.OK;
    }

    // Models arm-smmu-v3.c:arm_smmu_disable_iopf(), v7.3.
    public void StopFaults(bool usesFaults)
    {
        if (usesFaults && --_faultUsers == 0)
            Iommu.IopfQueue.RemoveDevice(this);
    }

    /// <summary>The second half of an attach, which cannot fail: the old domain is left.</summary>
    // Models arm-smmu-v3.c:arm_smmu_attach_commit(), v7.3.
    public void Join(IommuDomain? domain, IViommu? viommu, ulong virtualId, bool usesFaults)
    {
        (Viommu, VirtualId) = (viommu, virtualId);
        CountUse(BelowOf(domain), 1);
        CountUse(BelowOf(Domain), -1);
        StopFaults(UsesFaults);
        (Domain, UsesFaults) = (domain, usesFaults);
    }

    /// <summary>As <see cref="Join"/> for a PASID.</summary>
    public void JoinPasid(uint pasid, SmmuV3PagingDomain domain, bool usesFaults)
    {
        (Viommu, VirtualId) = (null, 0);
        LeavePasid(pasid);
        CountUse(domain, 1);
        _pasids.Add((pasid, domain, usesFaults));
    }

    // Models arm-smmu-v3.c:arm_smmu_blocking_set_dev_pasid(), v7.3.
    public void LeavePasid(uint pasid)
    {
        var at = _pasids.FindIndex(one => one.Pasid == pasid);
        if (at < 0)
            return;
        CountUse(_pasids[at].Domain, -1);
        StopFaults(_pasids[at].UsesFaults);
        _pasids.RemoveAt(at);
    }

    /// <summary>The paging domain that is used by one of either kind; null for the blocking one.</summary>
    public static SmmuV3PagingDomain? BelowOf(IommuDomain? domain) =>
        domain as SmmuV3PagingDomain ?? (domain as SmmuV3NestedDomain)?.Parent;

    private void CountUse(SmmuV3PagingDomain? domain, int change)
    {
        if (domain is not null && !IsCoherent)
            domain.IncoherentUsers += change;
    }

    /// <summary>Any number that tells devices apart: a hash of the name, which no run changes.</summary>
    private static uint StreamIdOf(string name)
    {
        uint id = 0;
        foreach (var letter in name)
            id = (id * 31) + letter;
        return id & 0xffff;
    }
}
