using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.Amd;

using Amd = Drivers.Amd.Amd;

public sealed class AmdTests
{
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;

    private readonly Rig _rig = new();

    [Theory]
    [InlineData("", 0u, false, false, Errno.OK)]
    [InlineData("", NestParent, false, false, Errno.EOPNOTSUPP)]
    [InlineData("hd=yes", NestParent | Dirty, false, false, Errno.EOPNOTSUPP)]
    [InlineData("", 0u, true, false, Errno.EOPNOTSUPP)]
    [InlineData("", 0u, false, true, Errno.EOPNOTSUPP)]
    [InlineData("", Dirty, false, false, Errno.EOPNOTSUPP)]
    [InlineData("hd=yes", Dirty, false, false, Errno.OK)]
    public void DomainAllocUser_Linux67_RefusesAllButDirtyTracking(
        string settings,
        uint flags,
        bool hasParent,
        bool hasData,
        Errno expected
    )
    {
        var device = _rig.Device(Amd.Linux67, settings);
        var parent = hasParent ? Rig.Paging(device) : null;
        var data = hasData ? UserData.OfUser(1, 0, 8) : UserData.None;
        Assert.Equal(expected, device.Ops.DomainAllocUser!(device, flags, parent, data, out var domain));
        Assert.Equal(expected == Errno.OK, domain is not null);
        _rig.AssertNoReports();
    }

    [Fact]
    public void DomainAllocUser_RefusalAndNoMemory_RefusalComesFirst()
    {
        var device = _rig.Device(Amd.Linux67);
        _rig.FailAllocation(1);
        Assert.Equal(Errno.EOPNOTSUPP, device.Ops.DomainAllocUser!(device, Dirty, null, default, out _));
        Assert.Equal(Errno.ENOMEM, device.Ops.DomainAllocUser!(device, 0, null, default, out _));
        _rig.AssertNoReports();
    }

    [Fact]
    public void Attach_DirtyDomainWithoutHardware_KeepsTheOldDomain()
    {
        var dirty = Rig.MustAlloc(_rig.Device(Amd.Linux67, "hd=yes"), null, UserData.None, Dirty);
        var device = _rig.Device(Amd.Linux67);
        var old = Rig.Paging(device);
        Assert.Equal(Errno.OK, Rig.Attach(old, device));
        Assert.Equal(Errno.EINVAL, Rig.Attach(dirty, device));
        Assert.Same(old, device.Attached);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Device_Defaults_HasMsiAndHyperTransportAndForcesCoherency()
    {
        var device = _rig.Device(Amd.Before);
        Assert.Equal([ReservedKind.Msi, ReservedKind.Reserved], device.ReservedRegions.Select(r => r.Kind));
        Assert.True(device.EnforceCacheCoherency);
        Assert.Null(device.Ops.HwInfo);
        Assert.Null(device.Ops.DomainAllocUser);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Attach_DeviceOfAnotherDriver_AnswersEinval()
    {
        var domain = Rig.Paging(_rig.Device(Amd.Before));
        Assert.Equal(Errno.EINVAL, Rig.Attach(domain, _rig.Device(Drivers.IntelVtd.IntelVtd.Before)));
        _rig.AssertNoReports();
    }
}
