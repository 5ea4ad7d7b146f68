using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Tests.ArmSmmuV3;

using ArmSmmuV3 = Drivers.ArmSmmuV3.ArmSmmuV3;

public sealed class SmmuV3Tests
{
    private const uint Type = HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3;
    private const ulong S2 = SmmuV3Constants.IOMMU_SMMUV3_FLAG_S2;

    private readonly Rig _rig = new();

    [Fact]
    public void DomainAlloc_Blocked_IsNull()
    {
        var device = _rig.Device(ArmSmmuV3.Before);
        Assert.Null(device.Ops.DomainAlloc!(device, DomainType.Blocked));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("", null, Errno.OK, "First")]
    [InlineData("", 0ul, Errno.OK, "First")]
    [InlineData("", S2, Errno.OK, "Second")]
    [InlineData("stages=s2", null, Errno.OK, "Second")]
    [InlineData("stages=s1", null, Errno.OK, "First")]
    [InlineData("stages=s1", S2, Errno.EINVAL, "")]
    public void DomainAllocUser_NoParent_PicksTheStage(string settings, ulong? flags, Errno expected, string stage)
    {
        var device = _rig.Device(ArmSmmuV3.March2023, settings);
        Assert.Equal(expected, Rig.Alloc(device, parent: null, Data(flags), out var domain));
        Assert.Equal(stage, domain is SmmuV3Domain own ? own.Stage.ToString() : "");
        Assert.Equal(domain is null ? 0 : 1, _rig.Machine.Heap.LiveCount);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData(0ul, "", Errno.EINVAL)]
    [InlineData(S2, "", Errno.OK)]
    [InlineData(S2, "stages=s2", Errno.EINVAL)]
    [InlineData(S2, "stages=s1", Errno.EINVAL)]
    public void DomainAllocUser_Parent_MustBeASecondStage(ulong parentFlags, string settings, Errno expected)
    {
        var parent = Rig.MustAlloc(_rig.Device(ArmSmmuV3.March2023), parent: null, Data(parentFlags));
        var device = _rig.Device(ArmSmmuV3.March2023, settings);
        Assert.Equal(expected, Rig.Alloc(device, parent, Data(S2), out var domain));
        Assert.Equal(expected == Errno.OK ? DomainType.Nested : null, domain?.Type);
        _rig.AssertNoReports();
    }

    [Fact]
    public void DomainAllocUser_ForeignOrNestedParent_AnswersEinval()
    {
        var device = _rig.Device(ArmSmmuV3.March2023);
        var foreign = Rig.Paging(_rig.Device(Drivers.Amd.Amd.Before));
        Assert.Equal(Errno.EINVAL, Rig.Alloc(device, foreign, Data(0), out _));
        Assert.Equal(Errno.EINVAL, Rig.Alloc(device, Nested(device), Data(0), out _));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("stages=s2", false)]
    public void DomainAllocUser_NullDataWithParent_IsReadAfterTheStages(string settings, bool dies)
    {
        var parent = Rig.MustAlloc(_rig.Device(ArmSmmuV3.March2023), parent: null, Data(S2));
        var device = _rig.Device(ArmSmmuV3.March2023, settings);
        if (!dies)
        {
            Assert.Equal(Errno.EINVAL, Rig.Alloc(device, parent, UserData.None, out _));
            _rig.AssertNoReports();
            return;
        }

        Assert.Throws<TaskDiedException>(() => Rig.Alloc(device, parent, UserData.None, out _));
        _rig.AssertReports("BUG: kernel NULL pointer dereference in arm_smmu_domain_finalise");
    }

    [Theory]
    [InlineData("", 0ul, Errno.OK)]
    [InlineData("unit=smmu1", 0ul, Errno.EINVAL)]
    [InlineData("ssid-bits=4", 0ul, Errno.EINVAL)]
    [InlineData("ssid-bits=4", 4ul, Errno.OK)]
    [InlineData("ssid-bits=4", 0x104ul, Errno.OK)]
    [InlineData("stall=yes", 0ul, Errno.EINVAL)]
    public void Attach_Nested_MustFitTheDevice(string settings, ulong s1cdmax, Errno expected)
    {
        var allocator = _rig.Device(ArmSmmuV3.March2023);
        var nested = Nested(allocator, s1cdmax);
        var device = _rig.Device(ArmSmmuV3.March2023, settings);
        Assert.Equal(expected, Rig.Attach(nested, device));
        Assert.Same(expected == Errno.OK ? nested : null, device.Attached);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("", 0, Errno.OK)]
    [InlineData("", 1, Errno.ENOMEM)]
    [InlineData("", 2, Errno.ENOMEM)]
    [InlineData("stages=s2", 2, Errno.OK)]
    public void Attach_Unfinalised_TakesTheShapeOfTheDevice(string settings, int failAllocation, Errno expected)
    {
        var device = _rig.Device(ArmSmmuV3.Before, settings);
        var domain = Rig.Paging(device);
        _rig.FailAllocation(failAllocation);
        Assert.Equal(expected, Rig.Attach(domain, device));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("unit=smmu1", Errno.EINVAL)]
    [InlineData("ssid-bits=1", Errno.EINVAL)]
    [InlineData("stall=yes", Errno.EINVAL)]
    [InlineData("", Errno.OK)]
    public void Attach_SecondDevice_MustBeLikeTheFirst(string settings, Errno expected)
    {
        var first = _rig.Device(ArmSmmuV3.Before);
        var domain = Rig.Paging(first);
        Assert.Equal(Errno.OK, Rig.Attach(domain, first));
        var second = _rig.Device(ArmSmmuV3.Before, settings);
        Assert.Equal(Errno.OK, Rig.Attach(Rig.Paging(second), second));
        Assert.Equal(expected, Rig.Attach(domain, second));
        Assert.Same(expected == Errno.OK ? domain : null, second.Attached);
        _rig.AssertNoReports();
    }

    [Fact]
    public void Attach_DeviceOfAnotherDriver_AnswersEnoent()
    {
        var domain = Rig.Paging(_rig.Device(ArmSmmuV3.Before));
        Assert.Equal(Errno.ENOENT, Rig.Attach(domain, _rig.Device(Drivers.Amd.Amd.Before)));
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData(0x05, 0u, 0ul, 0ul, 2ul)]
    [InlineData(0x06, 0u, 0ul, 0ul, 2ul)]
    [InlineData(0x11, 0u, 0ul, 0ul, 3ul)]
    [InlineData(0x12, 4096u, 0ul, 0x3ffful, 6ul)]
    [InlineData(0x13, 4096u, 0x5000ul, 0x1ffful, 2ul)]
    [InlineData(0x12, 4096u, 0ul, ulong.MaxValue, 0ul)]
    [InlineData(0x12, 0u, 0ul, 0x3ffful, 0ul)]
    [InlineData(0x12, 12288u, 0ul, 0x3ffful, 0ul)]
    [InlineData(0x40, 0u, 0ul, 0ul, 2ul)]
    [InlineData(0x30, 0u, 0ul, 0ul, 0ul)]
    public void Invalidate_Opcode_QueuesCommands(byte opcode, uint granule, ulong start, ulong last, ulong commands)
    {
        var device = _rig.Device(ArmSmmuV3.March2023);
        var nested = Nested(device);
        Assert.Equal(Errno.OK, Rig.Attach(nested, device));
        Assert.Equal(Errno.OK, Rig.Attach(nested, _rig.Device(ArmSmmuV3.March2023)));
        Assert.Equal(Errno.OK, Invalidate(nested, opcode, granule, start, last));
        Assert.Equal(commands, nested.CommandCount);
        _rig.AssertNoReports();
    }

    [Theory]
    [InlineData("", (1ul << 52) - 1, "INFO: task hung in __arm_smmu_tlb_inv_range")]
    [InlineData("ril=yes", 0xffful, "UBSAN: shift-out-of-bounds in __arm_smmu_tlb_inv_range")]
    public void Invalidate_Range_IsTrusted(string settings, ulong last, string title)
    {
        var nested = Nested(_rig.Device(ArmSmmuV3.March2023, settings));
        Assert.Equal(Errno.OK, Invalidate(nested, 0x12, 4096, 0, last));
        _rig.AssertReports(title);
    }

    [Fact]
    public void HwInfo_Settings_AreTheRegisters()
    {
        var device = _rig.Device(ArmSmmuV3.March2023, "stages=s1 ssid-bits=20 ril=yes");
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        Rig.HwInfo(device, data, out var length);
        var info = System.Runtime.InteropServices.MemoryMarshal.Read<HwInfoSmmuV3>(data[..length]);
        Assert.Equal(0b10u, info.Idr[0] & 0b11);
        Assert.Equal(20u, (info.Idr[1] >> 6) & 0x1f);
        Assert.Equal(1u << 10, info.Idr[3]);
        _rig.AssertNoReports();
    }

    private static UserData Data(ulong? flags) =>
        flags is { } bits ? Rig.Copied(new HwptArmSmmuV3 { Flags = bits }, Type) : UserData.None;

    private SmmuV3Domain Nested(IommuDevice device, ulong s1cdmax = 0)
    {
        var parent = Rig.MustAlloc(device, parent: null, Data(S2));
        var data = Rig.Copied(new HwptArmSmmuV3 { S1cdmax = s1cdmax }, Type);
        return Assert.IsType<SmmuV3Domain>(Rig.MustAlloc(device, parent, data));
    }

    private static Errno Invalidate(SmmuV3Domain nested, byte opcode, uint granule, ulong start, ulong last)
    {
        var data = new HwptInvalidateArmSmmuV3
        {
            Opcode = opcode,
            GranuleSize = granule,
            Range = new IovaRange { Start = start, Last = last },
        };
        var request = new InvalidateRequest { Copied = Rig.Buffer(data) };
        return nested.Ops.CacheInvalidateUser!(nested, ref request);
    }
}
