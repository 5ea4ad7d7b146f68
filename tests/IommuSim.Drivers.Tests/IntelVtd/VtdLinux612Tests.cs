using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

using IntelVtd = Drivers.IntelVtd.IntelVtd;

/// <summary>VT-d in 6.12: read off drivers/iommu/intel/iommu.c, nested.c and cache.c, v6.12.117.</summary>
public sealed class VtdLinux612Tests
{
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Parents = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    private readonly Rig _rig = new();

    // intel_iommu_domain_alloc_user(), paging_domain_alloc()
    [Theory]
    [InlineData("", 0u, Errno.OK, 48)]
    [InlineData("width=39", 0u, Errno.OK, 39)]
    [InlineData("width=57", Parents, Errno.OK, 57)]
    [InlineData("nest=no", Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("sm=no", Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("ssads=yes", Parents | Dirty, Errno.OK, 48)]
    [InlineData("", Dirty, Errno.EOPNOTSUPP, 0)]
    [InlineData("ssads=yes sm=no", Dirty, Errno.EOPNOTSUPP, 0)]
    [InlineData("", Pasid, Errno.EOPNOTSUPP, 0)]
    public void AllocateForUser_Flags_NeedWhatTheUnitHas(string settings, uint flags, Errno expected, int width)
    {
        var device = _rig.Device(IntelVtd.Linux612, settings);
        Assert.Equal(expected, device.Ops.DomainAllocUser!(device, flags, null, UserData.None, out var domain));
        Assert.Equal(width == 0 ? 0 : (1ul << width) - 1, domain?.ApertureEnd ?? 0);
        if (domain is not null)
            Assert.Equal((flags & Parents) != 0, domain.Kind.IsForceWriteable);
        _rig.AssertNoReports();
    }

    [Fact]
    public void AllocateForUser_TwoErrors_EarlierWins()
    {
        var device = _rig.Device(IntelVtd.Linux612);
        var (plain, parent) = (Rig.MustAlloc(device, null, UserData.None), Parent(device));
        var data = Data();
        _rig.FailAllocation(1);
        Assert.Equal(Errno.EOPNOTSUPP, device.Ops.DomainAllocUser!(device, Parents, plain, data, out _));
        var foreign = UserData.OfUser(HwptType.IOMMU_HWPT_DATA_ARM_SMMUV3, data.Uptr, data.Length);
        Assert.Equal(Errno.EOPNOTSUPP, Rig.Alloc(device, plain, foreign, out _));
        Assert.Equal(Errno.EINVAL, Rig.Alloc(device, plain, data, out _));
        _rig.FailCopy(1);
        Assert.Equal(Errno.EFAULT, Rig.Alloc(device, parent, data, out _));
        _rig.FailCopy(0);
        _rig.FailAllocation(1);
        Assert.Equal(Errno.ENOMEM, Rig.Alloc(device, parent, data, out _));
        _rig.AssertNoReports();
    }

    // prepare_domain_attach_device()
    [Theory]
    [InlineData("width=39", Errno.EINVAL)]
    [InlineData("width=57", Errno.OK)]
    [InlineData("", Errno.OK)]
    public void Attach_NarrowerUnit_IsRefusedAndBlocks(string settings, Errno expected)
    {
        var domain = Rig.MustAlloc(_rig.Device(IntelVtd.Linux612), null, UserData.None);
        var other = _rig.Device(IntelVtd.Linux612, settings);
        Assert.Equal(Errno.OK, Rig.Attach(Rig.MustAlloc(other, null, UserData.None), other));
        Assert.Equal(expected, Rig.Attach(domain, other));
        Assert.Equal(expected == Errno.OK ? domain : null, other.Attached);
        _rig.AssertNoReports();
    }

    // intel_nested_attach_dev()
    [Theory]
    [InlineData("width=39", 48u, 0, Errno.ENODEV)]
    [InlineData("width=39", 48u, 1, Errno.ENODEV)]
    [InlineData("", 39u, 1, Errno.ENOMEM)]
    [InlineData("", 39u, 0, Errno.EINVAL)]
    [InlineData("", 48u, 0, Errno.OK)]
    public void Attach_Nested_LevelsThenMemoryThenTheGuestsTable(
        string settings,
        uint guestWidth,
        int failing,
        Errno expected
    )
    {
        var device = _rig.Device(IntelVtd.Linux612);
        var nested = Rig.MustAlloc(device, Parent(device), Data(guestWidth));
        var other = _rig.Device(IntelVtd.Linux612, settings);
        _rig.FailAllocation(failing);
        Assert.Equal(expected, Rig.Attach(nested, other));
        _rig.AssertNoReports();
    }

    // intel_iommu_enforce_cache_coherency()
    [Fact]
    public void EnforceCacheCoherency_OnceSomethingIsMapped_Refuses()
    {
        var device = _rig.Device(IntelVtd.Linux612);
        var (early, late) = (Rig.MustAlloc(device, null, UserData.None), Rig.MustAlloc(device, null, UserData.None));
        Assert.True(early.Ops.EnforceCacheCoherency!(early));
        foreach (var domain in (IommuDomain[])[early, late])
            Assert.Equal(
                Errno.OK,
                domain.Ops.MapPages!(domain, 0x1000, 0x2000, 0x1000, IommuProt.Read, ulong.MaxValue)
            );
        Assert.True(early.Ops.EnforceCacheCoherency!(early));
        Assert.False(late.Ops.EnforceCacheCoherency!(late));
        late.Ops.UnmapPages!(late, 0x1000, 0x1000);
        Assert.False(late.Ops.EnforceCacheCoherency!(late));
    }

    // calculate_psi_aligned_address()
    [Theory]
    [InlineData(0ul, true)]
    [InlineData(1ul << 52, true)]
    [InlineData(1ul, false)]
    [InlineData(ulong.MaxValue, false)]
    public void Invalidate_OfNoPages_ShiftsTooFar(ulong pages, bool isReported)
    {
        var device = _rig.Device(IntelVtd.Linux612);
        var nested = Rig.MustAlloc(device, Parent(device), Data());
        Assert.Equal(Errno.OK, Rig.Attach(nested, device));
        var request = new InvalidateRequest
        {
            Machine = _rig.Machine,
            Type = HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1,
            Uptr = _rig.Put(new HwptVtdS1Invalidate { Npages = pages }),
            EntryLength = (uint)Unsafe.SizeOf<HwptVtdS1Invalidate>(),
            EntryCount = 1,
        };
        Assert.Equal(Errno.OK, nested.Ops.CacheInvalidateUser!(nested, ref request));
        string[] expected = isReported ? ["UBSAN: shift-out-of-bounds in calculate_psi_aligned_address"] : [];
        _rig.AssertReports(expected);
    }

    private static IommuDomain Parent(IommuDevice device) => Rig.MustAlloc(device, null, UserData.None, Parents);

    private UserData Data(uint width = 48) =>
        _rig.InUser(new HwptVtdS1 { PgtblAddr = 0x1000, AddrWidth = width }, HwptType.IOMMU_HWPT_DATA_VTD_S1);
}
