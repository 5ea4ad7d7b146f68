using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.Amd;

using Amd = Drivers.Amd.Amd;

/// <summary>AMD in 7.3: read off drivers/iommu/amd/iommu.c and iommufd.c, v7.3.</summary>
public sealed class Amd73Tests
{
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Parents = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
    private const uint Faults = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;
    private const ulong FourLevels = (1ul << 48) - 1;
    private const ulong GuestLast = (1ul << 47) - 1;

    private readonly Rig _rig = new();

    // amd_iommu_domain_alloc_paging_flags()
    [Theory]
    [InlineData("", 0u, Errno.OK, ulong.MaxValue)]
    [InlineData("levels=4", 0u, Errno.OK, FourLevels)]
    [InlineData("levels=5", 0u, Errno.OK, (1ul << 57) - 1)]
    [InlineData("gcr3=yes", Parents, Errno.OK, ulong.MaxValue)]
    [InlineData("", Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("gcr3=yes gt=no", Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("hd=yes", Dirty, Errno.OK, ulong.MaxValue)]
    [InlineData("", Dirty, Errno.EOPNOTSUPP, 0)]
    [InlineData("hd=yes gcr3=yes", Dirty | Parents, Errno.OK, ulong.MaxValue)]
    [InlineData("gcr3=yes", Dirty | Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("", Pasid, Errno.OK, GuestLast)]
    [InlineData("gt=no", Pasid, Errno.EOPNOTSUPP, 0)]
    [InlineData("ppr=no", Pasid, Errno.EOPNOTSUPP, 0)]
    [InlineData("hd=yes", Pasid | Dirty, Errno.EOPNOTSUPP, 0)]
    [InlineData("gcr3=yes", Pasid | Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("", Faults, Errno.EOPNOTSUPP, 0)]
    public void Paging_Flags_ChooseTheTable(string settings, uint flags, Errno expected, ulong last)
    {
        var device = _rig.Device(Amd.Linux73, settings);
        Assert.Equal(expected, device.Ops.DomainAllocUser!(device, flags, null, UserData.None, out var domain));
        Assert.Equal(last, domain?.ApertureEnd ?? 0);
        Assert.Equal(expected == Errno.OK && (flags & Dirty) != 0, domain?.DirtyOps is not null);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Paging_TwoErrors_EarlierWins()
    {
        var device = _rig.Device(Amd.Linux73);
        _rig.FailAllocation(1);
        var data = UserData.OfUser(HwptType.IOMMU_HWPT_DATA_VTD_S1, 0, 8);
        Assert.Equal(Errno.EOPNOTSUPP, device.Ops.DomainAllocUser!(device, 0, null, data, out _));
        Assert.Equal(Errno.EOPNOTSUPP, device.Ops.DomainAllocUser!(device, Parents, null, UserData.None, out _));
        Assert.Equal(Errno.ENOMEM, device.Ops.DomainAllocUser!(device, 0, null, UserData.None, out _));
        _rig.AssertNoReports();
    }

    [Fact]
    public void PageSizes_HostTable_LacksTheBrokenOne()
    {
        var domain = Rig.MustAlloc(_rig.Device(Amd.Linux73), null, UserData.None);
        Assert.Equal(0ul, domain.PgsizeBitmap & ((1ul << 39) | 0xfff));
        Assert.NotEqual(0ul, domain.PgsizeBitmap & (1ul << 38));
        _rig.AssertNoReports();
    }

    // amd_iommufd_hw_info()
    [Theory]
    [InlineData(HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT, 0, Errno.OK)]
    [InlineData(HwInfoType.IOMMU_HW_INFO_TYPE_AMD, 0, Errno.OK)]
    [InlineData(HwInfoType.IOMMU_HW_INFO_TYPE_AMD, 1, Errno.ENOMEM)]
    [InlineData(HwInfoType.IOMMU_HW_INFO_TYPE_INTEL_VTD, 1, Errno.EOPNOTSUPP)]
    public void HwInfo_Type_IsItsOwn(uint type, int failing, Errno expected)
    {
        var device = _rig.Device(Amd.Linux73, "hd=yes gcr3=yes");
        _rig.FailAllocation(failing);
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        Assert.Equal(expected, device.Ops.HwInfo!(device, data, out var length, ref type));
        Assert.Equal(expected == Errno.OK ? 16 : 0, length);
        if (expected != Errno.OK)
            return;
        Assert.Equal(HwInfoType.IOMMU_HW_INFO_TYPE_AMD, type);
        var info = MemoryMarshal.Read<HwInfoAmd>(data);
        Assert.Equal((1ul << 52, 8ul), (info.Efr & (1ul << 52), info.Efr2));
    }

    // amd_iommufd_get_viommu_size()
    [Theory]
    [InlineData(ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3)]
    [InlineData(ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST)]
    public void GetViommuSize_TypeOfAnother_IsNotLookedAt(uint type)
    {
        var device = _rig.Device(Amd.Linux73);
        Assert.NotEqual(0, device.Ops.GetViommuSize!(device, type));
    }

    // amd_iommu_attach_device()
    [Fact]
    public void Attach_WithoutMemory_LeavesTheDeviceWithoutADomain()
    {
        var device = _rig.Device(Amd.Linux73);
        var (old, next) = (Rig.MustAlloc(device, null, UserData.None), Rig.MustAlloc(device, null, UserData.None));
        Assert.Equal(Errno.OK, Rig.Attach(old, device));
        _rig.FailAllocation(1);
        Assert.Equal(Errno.ENOMEM, Rig.Attach(next, device));
        Assert.Null(device.Attached);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Attach_DirtyDomainWithoutHardware_KeepsTheOldDomain()
    {
        var dirty = Rig.MustAlloc(_rig.Device(Amd.Linux73, "hd=yes"), null, UserData.None, Dirty);
        var device = _rig.Device(Amd.Linux73);
        var old = Rig.MustAlloc(device, null, UserData.None);
        Assert.Equal(Errno.OK, Rig.Attach(old, device));
        _rig.FailAllocation(1);
        Assert.Equal(Errno.EINVAL, Rig.Attach(dirty, device));
        Assert.Same(old, device.Attached);
        _rig.AssertNoReports();
    }
}
