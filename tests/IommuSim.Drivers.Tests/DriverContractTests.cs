using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests;

/// <summary>
/// What every generation of every driver keeps to, with the bugs of its release and without any; a new one is found
/// by reflection.
/// </summary>
public abstract class DriverContractTests
{
    private readonly Rig _rig;

    private protected DriverContractTests(Rig rig) => _rig = rig;

    public static TheoryData<string> Drivers => [.. DriverCatalog.Names];

    /// <summary>Not of devices without an IOMMU: nothing is attached, and no domain is made but for iommufd.</summary>
    public static TheoryData<string> DriversOfHardware => Where(ops => !ops.IsNoIommu);

    public static TheoryData<string> DriversWithHwInfo => Where(ops => ops.HwInfo is not null);

    public static TheoryData<string> DriversWithDomainAllocUser => Where(ops => ops.DomainAllocUser is not null);

    public static TheoryData<string, string, string> OptionValues
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var name in DriverCatalog.Names)
            {
                foreach (var option in DriverCatalog.Get(name).Options)
                {
                    foreach (var value in option.Values)
                        data.Add(name, option.Name, value);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void CreateDevice_Defaults_UsesTheSpecsOps(string name)
    {
        var driver = DriverCatalog.Get(name);
        var device = _rig.Device(driver);
        Assert.Same(driver.Ops, device.Ops);
        Assert.Equal("dev0", device.Name);
        Assert.Null(device.Attached);
        Assert.NotEmpty(driver.Summary);
        Assert.NotEmpty(driver.Source);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void CreateDevice_ReservedOption_ComesAfterTheDriversOwn(string name)
    {
        var driver = DriverCatalog.Get(name);
        var own = _rig.Device(driver).ReservedRegions;
        var extra = new ReservedRegion(0x1000, 0x1fff, ReservedKind.Reserved);
        var options = new DeviceOptions("dev", "group") { Reserved = [extra] };
        var device = driver.CreateDevice(_rig.Machine, driver, options);
        Assert.Equal([.. own, extra], device.ReservedRegions);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(OptionValues))]
    public void CreateDevice_ListedValue_IsAccepted(string name, string option, string value)
    {
        var device = _rig.Device(DriverCatalog.Get(name), $"{option}={value}");
        Assert.NotNull(device);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void CreateDevice_BogusValue_NamesOptionAndValue(string name)
    {
        var driver = DriverCatalog.Get(name);
        foreach (var option in driver.Options.Where(o => o.Values.Count > 1))
        {
            var error = Assert.Throws<ArgumentException>(() => _rig.Device(driver, $"{option.Name}=bogus"));
            Assert.Contains("bogus", error.Message, StringComparison.Ordinal);
            Assert.Contains(option.Name, error.Message, StringComparison.Ordinal);
        }

        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void CreateDevice_UnknownOption_NamesIt(string name)
    {
        var error = Assert.Throws<ArgumentException>(() => _rig.Device(DriverCatalog.Get(name), "colour=red"));
        Assert.Contains("colour", error.Message, StringComparison.Ordinal);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversWithHwInfo))]
    public void HwInfo_Defaults_WritesWithinTheLimit(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var type = HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT;
        Assert.Equal(Errno.OK, device.Ops.HwInfo!(device, data, out var length, ref type));
        Assert.InRange(length, 1, IommuOps.MaxHwInfoSize);
        Assert.NotEqual(HwInfoType.IOMMU_HW_INFO_TYPE_NONE, type);
        if (device.Ops.DriverType != HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT)
            Assert.Equal(device.Ops.DriverType, type);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversWithHwInfo))]
    public void HwInfo_NoMemory_AnswersEnomem(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        _rig.FailAllocation(1);
        Assert.Equal(Errno.ENOMEM, Rig.HwInfo(device, data, out _));
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversWithHwInfo))]
    public void HwInfo_SecondCall_AllocatesNoManagedMemory(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        Rig.HwInfo(device, data, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Rig.HwInfo(device, data, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void HwptTypes_AreUniqueAndStartWithTheDefault(string name)
    {
        var types = DriverCatalog.Get(name).Ops.HwptTypes;
        Assert.Equal(types.Length, types.Select(t => t.Type).Distinct().Count());
        Assert.All(types, t => Assert.StartsWith("IOMMU_", t.Name, StringComparison.Ordinal));
        Assert.All(types.Where(t => t.Type == 0), t => Assert.Equal((0, 0), (t.AllocSize, t.InvalidateSize)));
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversOfHardware))]
    public void DomainAlloc_Unmanaged_IsAPagingDomain(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        var domain = Rig.Paging(device);
        AssertPaging(domain);
        DomainMemory.Free(_rig.Machine, domain);
        Assert.Equal(0, _rig.Machine.Heap.LiveCount);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversOfHardware))]
    public void DomainAlloc_EachAllocationFailing_AnswersNullAndLeaksNothing(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        for (var nth = 1; ; nth++)
        {
            _rig.FailAllocation(nth);
            var domain = device.Ops.DomainAlloc!(device, DomainType.Unmanaged);
            if (_rig.Machine.Decisions.PointsPassed < nth)
                break;
            Assert.Null(domain);
            Assert.Equal(0, _rig.Machine.Heap.LiveCount);
        }

        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversWithDomainAllocUser))]
    public void DomainAllocUser_Plain_IsAPagingDomain(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        AssertPaging(Rig.MustAlloc(device, parent: null, UserData.None));
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversWithDomainAllocUser))]
    public void DomainAllocUser_EachAllocationFailing_LeaksNothing(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        for (var nth = 1; ; nth++)
        {
            _rig.FailAllocation(nth);
            Rig.Alloc(device, parent: null, UserData.None, out var domain);
            if (_rig.Machine.Decisions.PointsPassed < nth)
                break;
            Assert.Null(domain);
            Assert.Equal(0, _rig.Machine.Heap.LiveCount);
        }

        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversOfHardware))]
    public void Attach_OwnPagingDomainThroughTheGroup_Succeeds(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        var group = new IommuGroup(_rig.Machine, "g", new GroupRules(ChecksOwner: false, RevertsFailedDevice: true));
        group.Add(device);
        Assert.Equal(Errno.OK, group.ClaimDmaOwner(this));
        var domain = Rig.Paging(device);
        domain.Owner = device.Ops;
        Assert.Equal(Errno.OK, group.Attach(domain));
        Assert.Same(domain, device.Attached);
        group.Detach();
        Assert.NotSame(domain, device.Attached);
        group.ReleaseDmaOwner();
        DomainMemory.Free(_rig.Machine, domain);
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(DriversOfHardware))]
    public void Attach_BackAndForth_AllocatesNoManagedMemory(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        var (one, other) = (Rig.Paging(device), Rig.Paging(device));
        Rig.Attach(one, device);
        Rig.Attach(other, device);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Rig.Attach(one, device);
        Rig.Attach(other, device);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        _rig.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void EnforceCacheCoherency_EmptyDomain_AgreesWithTheCapability(string name)
    {
        var device = _rig.Device(DriverCatalog.Get(name));
        if (device.EnforceCacheCoherency)
        {
            var domain = Rig.Paging(device);
            Assert.True(domain.Ops.EnforceCacheCoherency!(domain));
            Assert.Equal(Errno.OK, Rig.Attach(domain, device));
        }

        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("intel-vtd")]
    [InlineData("arm-smmuv3")]
    [InlineData("amd")]
    [InlineData("no-hw-info")]
    [InlineData("no-user-alloc")]
    [InlineData("mock")]
    public void Catalog_HasTheDriver(string driver) =>
        Assert.Contains(DriverCatalog.Names, n => DriverCatalog.Get(n).Name == driver);

    private static void AssertPaging(IommuDomain domain)
    {
        Assert.Equal(DomainType.Unmanaged, domain.Type);
        Assert.NotEqual(0UL, domain.PgsizeBitmap);
        Assert.True(domain.ApertureEnd > domain.ApertureStart);
        Assert.False(domain.IsStatic);
    }

    private static TheoryData<string> Where(Func<IommuOps, bool> predicate) =>
        [.. DriverCatalog.Names.Where(n => predicate(DriverCatalog.Get(n).Ops))];
}

public sealed class ReleasedDriverContractTests() : DriverContractTests(new Rig());

public sealed class FixedDriverContractTests() : DriverContractTests(new Rig([]));
