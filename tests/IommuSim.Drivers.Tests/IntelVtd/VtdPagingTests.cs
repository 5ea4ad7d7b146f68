using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

public sealed class VtdPagingTests
{
    private readonly Rig _rig = new();

    [Fact]
    public void DomainAlloc_Blocked_IsTheStaticDomain()
    {
        var device = _rig.Device(VtdData.Generation("Before"));
        var domain = device.Ops.DomainAlloc!(device, DomainType.Blocked);
        Assert.True(domain!.IsStatic);
        Assert.Equal(Errno.OK, Rig.Attach(domain, device));
        Assert.Null(device.Ops.DomainAlloc(device, DomainType.Nested));
        _rig.AssertNoReports();
    }

    [Theory]
    // One condition.
    [InlineData("Before", "rmrr=direct", false, 0, Errno.EPERM)]
    [InlineData("Before", "sc=no", true, 0, Errno.EINVAL)]
    [InlineData("Before", "", false, 1, Errno.ENOMEM)]
    [InlineData("Before", "sc=no", false, 0, Errno.OK)]
    [InlineData("Linux66", "rmrr=direct", false, 0, Errno.OK)]
    // Two at once.
    [InlineData("March2023", "rmrr=direct sc=no", true, 0, Errno.EPERM)]
    [InlineData("March2023", "rmrr=direct", false, 1, Errno.EPERM)]
    [InlineData("March2023", "sc=no", true, 1, Errno.EINVAL)]
    [InlineData("Linux68", "sc=no", true, 1, Errno.EINVAL)]
    public void Attach_Conditions_AnswersTheFirst(
        string generation,
        string settings,
        bool snoops,
        int failAllocation,
        Errno expected
    )
    {
        var device = _rig.Device(VtdData.Generation(generation), settings);
        var domain = Rig.Paging(device);
        if (snoops)
            Assert.True(domain.Ops.EnforceCacheCoherency!(domain));
        _rig.FailAllocation(failAllocation);
        Assert.Equal(expected, Rig.Attach(domain, device));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("sc=no", true)]
    [InlineData("rmrr=direct", false)]
    public void Attach_Fails_BlocksUnlessFirmwareForbids(string settings, bool blocks)
    {
        var driver = VtdData.Generation("March2023");
        var device = _rig.Device(driver, settings);
        var (old, next) = (Rig.Paging(device), Rig.Paging(device));
        if (blocks)
            Assert.Equal(Errno.OK, Rig.Attach(old, device));
        else
            device.Attached = old;
        Assert.True(next.Ops.EnforceCacheCoherency!(next));
        Assert.NotEqual(Errno.OK, Rig.Attach(next, device));
        Assert.Same(blocks ? null : old, device.Attached);
        _rig.AssertNoReports();
    }

    [Fact]
    public void EnforceCacheCoherency_DeviceWithoutSnoopControlAttached_Refuses()
    {
        var device = _rig.Device(VtdData.Generation("March2023"), "sc=no");
        var domain = Rig.Paging(device);
        Assert.Equal(Errno.OK, Rig.Attach(domain, device));
        Assert.False(domain.Ops.EnforceCacheCoherency!(domain));
        Assert.Equal(Errno.OK, Rig.Attach(Rig.Paging(device), device));
        Assert.True(domain.Ops.EnforceCacheCoherency!(domain));
        _rig.AssertNoReports();
    }

    [Fact]
    public void Attach_DirtyDomainOnUnitWithoutSsads_AnswersEinval()
    {
        var driver = VtdData.Generation("Linux68");
        var domain = Rig.MustAlloc(
            _rig.Device(driver, "ssads=yes"),
            parent: null,
            UserData.None,
            HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING
        );
        Assert.Equal(Errno.EINVAL, Rig.Attach(domain, _rig.Device(driver)));
        _rig.AssertNoReports();
    }

    [Fact]
    public void Attach_DeviceOfAnotherDriver_IsReported()
    {
        var domain = Rig.Paging(_rig.Device(VtdData.Generation("March2023")));
        Assert.Equal(Errno.EINVAL, Rig.Attach(domain, _rig.Device(Drivers.Amd.Amd.Before)));
        _rig.AssertReports("KASAN: slab-out-of-bounds in intel_iommu_attach_device");
    }

    [Theory]
    [InlineData("", 0x09ed008c406f0466, 0x1c904840050df)]
    [InlineData("width=57 la57=yes", 0x19ed008c40780c66, 0x1c904840050df)]
    [InlineData("width=39 nest=no sc=no srs=no eafs=no", 0x09ed008c40660266, 0x1c9000000505f)]
    [InlineData("ssads=yes", 0x09ed008c406f0466, 0x1e904840050df)]
    public void HwInfo_Settings_AreTheRegisters(string settings, ulong cap, ulong ecap)
    {
        var device = _rig.Device(VtdData.Generation("March2023"), settings);
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        Rig.HwInfo(device, data, out var length);
        var info = System.Runtime.InteropServices.MemoryMarshal.Read<HwInfoVtd>(data[..length]);
        Assert.Equal(cap, info.CapReg);
        Assert.Equal(ecap, info.EcapReg);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("March2023", 0u)]
    [InlineData("V2", 1u)]
    [InlineData("Linux66", 0u)]
    [InlineData("Linux67", 1u)]
    public void HwInfo_Generation_NamesTheErrataFromMayOn(string generation, uint flags)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        Rig.HwInfo(device, data, out _);
        Assert.Equal(flags, BitConverter.ToUInt32(data));
        _rig.AssertNoReports();
    }
}
