using IommuSim.Drivers.IntelVtd;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.IntelVtd;

public sealed class VtdNestedAttachTests
{
    private const ulong Sre = VtdConstants.IOMMU_VTD_PGTBL_SRE;
    private const ulong Eafe = VtdConstants.IOMMU_VTD_PGTBL_EAFE;
    private const ulong Limit = 1UL << 48;

    private readonly Rig _rig = new();

    /// <summary>One condition at a time.</summary>
    [Theory]
    [InlineData("March2023", "", 0ul, 48u, Limit, Errno.OK)]
    [InlineData("March2023", "", 0ul, 48u, Limit + 1, Errno.EINVAL)]
    [InlineData("March2023", "", 0ul, 0u, 0ul, Errno.EINVAL)]
    [InlineData("March2023", "", 0ul, 57u, 0ul, Errno.EINVAL)]
    [InlineData("March2023", "la57=yes", 0ul, 57u, 0ul, Errno.OK)]
    [InlineData("March2023", "srs=no", Sre, 48u, 0ul, Errno.EINVAL)]
    [InlineData("March2023", "", Sre, 48u, 0ul, Errno.OK)]
    [InlineData("March2023", "eafs=no", Eafe, 48u, 0ul, Errno.EINVAL)]
    [InlineData("March2023", "", 1ul << 2, 48u, 0ul, Errno.EINVAL)]
    [InlineData("March2023", "", 1ul << 5, 48u, 0ul, Errno.EINVAL)]
    [InlineData("March2023", "", 0xffff_ffff_ffff_ffc0ul, 48u, 0ul, Errno.OK)]
    [InlineData("March2023", "rmrr=direct", 0ul, 48u, 0ul, Errno.OK)]
    [InlineData("V2", "", 1ul << 5, 48u, 0ul, Errno.EINVAL)]
    [InlineData("V3", "", 1ul << 5, 48u, ulong.MaxValue, Errno.OK)]
    [InlineData("V4", "srs=no", Sre, 48u, 0ul, Errno.EINVAL)]
    [InlineData("Linux68", "eafs=no", Eafe, 48u, 0ul, Errno.EINVAL)]
    [InlineData("Linux68", "", 0ul, 39u, 0ul, Errno.EINVAL)]
    public void Attach_StageOne_IsCheckedAgainstTheUnit(
        string generation,
        string settings,
        ulong flags,
        uint width,
        ulong pageTable,
        Errno expected
    )
    {
        var device = _rig.Device(VtdData.Generation(generation), settings);
        var parent = AttachedParent(generation);
        var data = VtdData.StageOne(_rig, device, flags, pageTable, width);
        Assert.Equal(expected, Rig.Attach(Rig.MustAlloc(device, parent, data), device));
        _rig.AssertNoReports();
    }

    /// <summary>
    /// Each condition together with the next: a parent that snoops on a unit that cannot (EINVAL),
    /// no memory, a unit that does not nest (ENODEV), a bad width (EINVAL); from v3 on, levels come
    /// first.
    /// </summary>
    [Theory]
    [InlineData("March2023", "sc=no", true, 1, 48u, Errno.EINVAL)]
    [InlineData("March2023", "nest=no", false, 1, 48u, Errno.ENOMEM)]
    [InlineData("March2023", "nest=no", false, 0, 0u, Errno.ENODEV)]
    [InlineData("V2", "sc=no nest=no", true, 0, 48u, Errno.EINVAL)]
    [InlineData("V2", "nest=no", false, 0, 0u, Errno.ENODEV)]
    [InlineData("V3", "width=39 sc=no", true, 0, 48u, Errno.ENODEV)]
    [InlineData("V3", "sc=no", true, 1, 48u, Errno.EINVAL)]
    [InlineData("V3", "nest=no", false, 1, 48u, Errno.ENOMEM)]
    [InlineData("V4", "nest=no", false, 0, 0u, Errno.ENODEV)]
    [InlineData("Linux67", "width=39 sc=no", true, 0, 48u, Errno.ENODEV)]
    [InlineData("Linux67", "sc=no", true, 1, 48u, Errno.EINVAL)]
    [InlineData("Linux68", "", false, 1, 0u, Errno.ENOMEM)]
    [InlineData("Linux68", "nest=no", false, 0, 0u, Errno.EINVAL)]
    [InlineData("Linux68", "nest=no", false, 0, 48u, Errno.OK)]
    public void Attach_TwoConditions_AnswersTheFirst(
        string generation,
        string settings,
        bool snoops,
        int failAllocation,
        uint width,
        Errno expected
    )
    {
        var driver = VtdData.Generation(generation);
        var parent = AttachedParent(generation);
        if (snoops)
            Assert.True(parent.Ops.EnforceCacheCoherency!(parent));
        var allocator = _rig.Device(driver);
        var nested = Rig.MustAlloc(allocator, parent, VtdData.StageOne(_rig, allocator, width: width));
        var device = _rig.Device(driver, settings);
        _rig.FailAllocation(failAllocation);
        Assert.Equal(expected, Rig.Attach(nested, device));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("V2", "", Errno.OK)]
    [InlineData("V3", "", Errno.ENODEV)]
    [InlineData("V3", "width=57", Errno.OK)]
    [InlineData("Linux68", "", Errno.ENODEV)]
    [InlineData("Linux68", "width=57", Errno.OK)]
    public void Attach_ParentNeverAttached_StillHasFiveLevels(string generation, string settings, Errno expected)
    {
        var device = _rig.Device(VtdData.Generation(generation), settings);
        var nested = Rig.MustAlloc(device, VtdData.Parent(device), VtdData.StageOne(_rig, device));
        Assert.Equal(expected, Rig.Attach(nested, device));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("March2023")]
    [InlineData("V3")]
    [InlineData("Linux68")]
    public void Attach_Fails_LeavesTheDeviceBlocked(string generation)
    {
        var device = (VtdDevice)_rig.Device(VtdData.Generation(generation));
        var parent = VtdData.Parent(device);
        Assert.Equal(Errno.OK, Rig.Attach(parent, device));
        var nested = Rig.MustAlloc(device, parent, VtdData.StageOne(_rig, device, width: 1));
        Assert.Equal(Errno.EINVAL, Rig.Attach(nested, device));
        Assert.Null(device.Attached);
        Assert.Null(device.Domain);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("March2023", "prepare_domain_attach_device", 1)]
    [InlineData("V2", "prepare_domain_attach_device", 2)]
    [InlineData("V4", "intel_nested_attach_dev", 1)]
    public void Attach_ForeignParent_IsReported(string generation, string function, int reports)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var foreign = Rig.Paging(_rig.Device(Drivers.Amd.Amd.Before));
        var nested = Rig.MustAlloc(device, foreign, VtdData.StageOne(_rig, device));
        Assert.Equal(Errno.EINVAL, Rig.Attach(nested, device));
        Assert.Equal(reports, _rig.Machine.Reports.Count);
        Assert.Equal($"KASAN: slab-out-of-bounds in {function}", _rig.Machine.Reports[^1].Title);
    }

    [Theory]
    [InlineData("March2023", true)]
    [InlineData("V3", true)]
    [InlineData("V4", false)]
    [InlineData("Linux68", false)]
    public void EnforceCacheCoherency_Nested_IsThereUntilV3AndNeverRefuses(string generation, bool exists)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var nested = Rig.MustAlloc(device, VtdData.Parent(device), VtdData.StageOne(_rig, device));
        Assert.Equal(exists, nested.Ops.EnforceCacheCoherency?.Invoke(nested) ?? false);
        _rig.AssertNoReports();
    }

    private IommuDomain AttachedParent(string generation)
    {
        var device = _rig.Device(VtdData.Generation(generation));
        var parent = VtdData.Parent(device);
        Assert.Equal(Errno.OK, Rig.Attach(parent, device));
        return parent;
    }
}
