using IommuSim.Drivers.IntelVtd;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

public sealed class VtdNestedAllocationTests
{
    private const uint VtdS1 = HwptType.IOMMU_HWPT_TYPE_VTD_S1;
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const string ForeignParent = "KASAN: slab-out-of-bounds in intel_nested_domain_alloc";

    private readonly Rig _rig = new();

    public static TheoryData<string> Nesting => ["Rfc", "March2023", "V2", "V3", "V4", "Linux67", "Linux68"];

    [Theory]
    [MemberData(nameof(Nesting))]
    public void DomainAllocUser_ParentAndData_IsANestedDomain(string generation)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var parent = VtdData.Parent(device);
        var domain = Rig.MustAlloc(device, parent, VtdData.StageOne(_rig, device, flags: 2, pageTable: 0x5000));
        var nested = Assert.IsType<VtdNestedDomain>(domain);
        Assert.Equal(DomainType.Nested, nested.Type);
        Assert.Equal(0UL, nested.PgsizeBitmap);
        Assert.Same(parent, nested.Parent);
        Assert.Equal(new VtdStageOne(2, 0x5000, 48), nested.StageOne);
        Assert.Equal(generation != "Linux67", nested.Ops.CacheInvalidateUser is not null);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("Rfc")]
    [InlineData("March2023")]
    [InlineData("V2")]
    public void DomainAllocUser_NullData_KillsTheTaskAndLeaksTheDomain(string generation)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var parent = VtdData.Parent(device);
        Assert.Throws<TaskDiedException>(() => Rig.Alloc(device, parent, UserData.None, out _));
        Assert.Equal(2, _rig.Machine.Heap.LiveCount);
        _rig.AssertReports("BUG: kernel NULL pointer dereference in intel_nested_domain_alloc");
    }

    [Theory]
    [InlineData("March2023")]
    [InlineData("V2")]
    public void DomainAllocUser_DataWithoutParent_IsIgnored(string generation)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var domain = Rig.MustAlloc(device, parent: null, VtdData.StageOne(_rig, device));
        Assert.Equal(DomainType.Unmanaged, domain.Type);
        _rig.AssertNoReports();
    }

    [Fact]
    public void DomainAllocUser_ShortBuffer_IsReported()
    {
        var device = _rig.Device(VtdData.Generation("Rfc"));
        var data = Rig.Copied(new HwptSelftestV1(), HwptType.IOMMU_HWPT_TYPE_SELFTTEST);
        Rig.MustAlloc(device, VtdData.Parent(device), data);
        _rig.AssertReports("KASAN: slab-out-of-bounds in intel_nested_domain_alloc");
    }

    [Theory]
    [InlineData("March2023", Errno.ENOMEM)]
    [InlineData("V2", Errno.ENOMEM)]
    [InlineData("V3", Errno.OK)]
    [InlineData("Linux67", Errno.ENOMEM)]
    public void DomainAllocUser_NoMemoryForNested_AnswersNull(string generation, Errno expected)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var parent = VtdData.Parent(device);
        var data = VtdData.StageOne(_rig, device);
        _rig.FailAllocation(1);
        Assert.Equal(expected, Rig.Alloc(device, parent, data, out var domain));
        Assert.Null(domain);
        _rig.AssertNoReports();
    }

    [Fact]
    public void DomainAllocUser_NoMemoryForNestedInV4_WritesThroughNull()
    {
        var device = _rig.Device(VtdData.Generation("V4"));
        var parent = VtdData.Parent(device);
        var data = VtdData.StageOne(_rig, device);
        _rig.FailAllocation(1);
        Assert.Throws<TaskDiedException>(() => Rig.Alloc(device, parent, data, out _));
        _rig.AssertReports("BUG: kernel NULL pointer dereference in intel_iommu_domain_alloc_user");
    }

    [Theory]
    [InlineData(0u, Errno.EOPNOTSUPP, 0)]
    [InlineData(VtdS1, Errno.OK, 32)]
    [InlineData(2u, Errno.EOPNOTSUPP, 0)]
    public void DataLength_Type_IsKnownForVtdS1Alone(uint type, Errno errno, int length) =>
        Assert.Equal((errno, length), VtdData.Generation("V2").Ops.DomainAllocUserDataLen!(type));

    /// <summary>Conditions two at a time, in the order of the modelled function.</summary>
    [Theory]
    [InlineData("V3", 2u, true, 0u, "", 24, Errno.EINVAL)]
    [InlineData("V3", VtdS1, false, 0u, "", 24, Errno.EINVAL)]
    [InlineData("V3", 0u, true, 0u, "", 24, Errno.EINVAL)]
    [InlineData("V4", 2u, true, 0u, "nest=no", 24, Errno.EINVAL)]
    [InlineData("V4", VtdS1, false, NestParent, "nest=no", 24, Errno.EINVAL)]
    [InlineData("V4", VtdS1, true, NestParent, "nest=no", 24, Errno.EINVAL)]
    [InlineData("V4", VtdS1, true, 0u, "nest=no", 23, Errno.EOPNOTSUPP)]
    [InlineData("V4", VtdS1, true, 0u, "", 23, Errno.EINVAL)]
    [InlineData("V4", VtdS1, true, 0u, "", 25, Errno.EINVAL)]
    [InlineData("V4", 0u, false, NestParent, "nest=no", 0, Errno.EOPNOTSUPP)]
    [InlineData("Linux67", VtdS1, true, NestParent, "", 23, Errno.EOPNOTSUPP)]
    [InlineData("Linux67", VtdS1, true, 0u, "nest=no", 23, Errno.EOPNOTSUPP)]
    [InlineData("Linux67", 2u, true, 0u, "", 23, Errno.EOPNOTSUPP)]
    [InlineData("Linux67", VtdS1, true, 0u, "", 23, Errno.EINVAL)]
    [InlineData("Linux67", VtdS1, true, 0u, "", 25, Errno.EINVAL)]
    [InlineData("Linux67", VtdS1, false, 0u, "", 24, Errno.EOPNOTSUPP)]
    [InlineData("Linux67", VtdS1, false, Dirty, "ssads=yes", 24, Errno.EOPNOTSUPP)]
    [InlineData("Linux68", 0u, false, 4u, "", 0, Errno.EOPNOTSUPP)]
    [InlineData("Linux68", 0u, false, NestParent, "nest=no", 0, Errno.EOPNOTSUPP)]
    [InlineData("Linux68", 0u, false, Dirty, "", 0, Errno.EOPNOTSUPP)]
    [InlineData("Linux68", 0u, false, Dirty | NestParent, "ssads=yes", 0, Errno.OK)]
    public void DomainAllocUser_Conditions_AnswersTheFirst(
        string generation,
        uint type,
        bool hasParent,
        uint flags,
        string settings,
        int length,
        Errno expected
    )
    {
        var driver = VtdData.Generation(generation);
        var parent = hasParent ? VtdData.Parent(_rig.Device(driver)) : null;
        var device = _rig.Device(driver, settings);
        var data =
            length == 0 ? UserData.None : UserData.OfUser(type, _rig.Put(new HwptVtdS1(), default), (uint)length);
        Assert.Equal(expected, device.Ops.DomainAllocUser!(device, flags, parent, data, out var domain));
        Assert.Equal(expected == Errno.OK, domain is not null);
        _rig.AssertNoReports();
    }

    [Fact]
    public void DomainAllocUser_MergedParents_MustBeFlaggedAndOwn()
    {
        var device = _rig.Device(VtdData.Generation("Linux68"));
        var data = VtdData.StageOne(_rig, device);
        var plain = Rig.MustAlloc(device, parent: null, UserData.None);
        var foreign = Rig.Paging(_rig.Device(Drivers.Amd.Amd.Linux67));
        Assert.Equal(Errno.EINVAL, Rig.Alloc(device, plain, data, out _));
        Assert.Equal(Errno.EINVAL, Rig.Alloc(device, foreign, data, out _));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("V4", Errno.EFAULT)]
    [InlineData("Linux67", Errno.EFAULT)]
    public void DomainAllocUser_BadPointer_AnswersEfault(string generation, Errno expected)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var data = UserData.OfUser(VtdS1, 0, 24);
        Assert.Equal(expected, Rig.Alloc(device, VtdData.Parent(device), data, out _));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("March2023", 0)]
    [InlineData("V2", 1)]
    [InlineData("V3", 1)]
    [InlineData("V4", 0)]
    public void DomainAllocUser_ForeignParent_IsAcceptedAndReportedWhereItIsRead(string generation, int reports)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var foreign = Rig.Paging(_rig.Device(Drivers.Amd.Amd.Before));
        Rig.MustAlloc(device, foreign, VtdData.StageOne(_rig, device));
        _rig.AssertReports([.. Enumerable.Repeat(ForeignParent, reports)]);
    }
}
