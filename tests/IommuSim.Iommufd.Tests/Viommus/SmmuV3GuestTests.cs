using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>
/// Nesting on SMMUv3 in 7.3, which goes through a vIOMMU alone: read off
/// drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c and arm-smmu-v3.c, v7.3.
/// </summary>
public sealed class SmmuV3GuestTests
{
    private const uint Plain = ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3;
    private const uint Queues = ViommuConstants.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV;
    private const uint Parents = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
    private const ulong Translate = SmmuV3Guest.Translate;
    private const ulong Bypass = 1 | (4 << 1);
    private const ulong Abort = 1;

    [Theory]
    [InlineData("", 0, Errno.OK, 0xffffffffffff)]
    [InlineData("stages=s2 oas=40", 0, Errno.OK, 0xffffffffff)]
    [InlineData("oas=44", Parents, Errno.OK, 0xfffffffffff)]
    [InlineData("oas=44", 0, Errno.OK, 0xffffffffffff)]
    [InlineData("stages=s1", Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("stages=s2", Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("hd=yes", Dirty, Errno.OK, 0xffffffffffff)]
    [InlineData("", Dirty, Errno.EOPNOTSUPP, 0)]
    [InlineData("hd=yes", Dirty | Pasid, Errno.OK, 0xffffffffffff)]
    [InlineData("hd=yes", Dirty | Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("", Pasid | Parents, Errno.EOPNOTSUPP, 0)]
    [InlineData("", Pasid, Errno.OK, 0xffffffffffff)]
    [InlineData("stages=s2", Pasid, Errno.EOPNOTSUPP, 0)]
    public void HwptAlloc_Flags_ChooseTheStage(string settings, uint flags, Errno expected, ulong last)
    {
        var guest = new SmmuV3Guest(settings);
        var request = guest.Hwpt(flags);
        guest.Program.Expect(expected, request);
        if (expected == Errno.OK)
        {
            var hwpt = (HwPagetable)guest.Program.Context.Objects.Find(request.Id("out_hwpt_id"))!;
            Assert.Equal((last, 0x40201000ul), (hwpt.Domain!.ApertureEnd, hwpt.Domain.PgsizeBitmap));
        }

        guest.Finish();
    }

    [Fact]
    public void HwptAlloc_OnAParent_IsRefused()
    {
        var guest = new SmmuV3Guest();
        guest.Program.Expect(Errno.EOPNOTSUPP, guest.Nested(Translate).With("pt_id", guest.Parent));
        guest.Finish();
    }

    [Theory]
    [InlineData("", Plain, Errno.OK)]
    [InlineData("", Queues, Errno.EOPNOTSUPP)]
    [InlineData("", ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST, Errno.EOPNOTSUPP)]
    [InlineData("canwbs=no", Plain, Errno.EOPNOTSUPP)]
    [InlineData("canwbs=no cmdqv=yes", Queues, Errno.EOPNOTSUPP)]
    [InlineData("canwbs=no s2fwb=yes", Plain, Errno.OK)]
    [InlineData("cmdqv=yes", Queues, Errno.EINVAL)]
    public void ViommuAlloc_Type_IsOneThatTheSmmuHas(string settings, uint type, Errno expected)
    {
        var guest = new SmmuV3Guest(settings);
        guest.Program.Expect(expected, guest.ViommuAlloc(type));
        guest.Finish();
    }

    [Fact]
    public void ViommuAlloc_TypeAndHwptUnknown_TheTypeComesFirst()
    {
        var guest = new SmmuV3Guest();
        guest.Program.Expect(Errno.EOPNOTSUPP, guest.ViommuAlloc(Queues).With("hwpt_id", 999));
        guest.Program.Expect(Errno.ENOENT, guest.ViommuAlloc().With("hwpt_id", 999));
        guest.Finish();
    }

    [Fact]
    public void ViommuAlloc_ParentOfAnotherSmmu_IsRefused()
    {
        var guest = new SmmuV3Guest();
        var other = guest.Bind("unit=smmu1");
        guest.Program.Expect(Errno.EINVAL, guest.ViommuAlloc().With("dev_id", other.Id));
        guest.Program.Expect(Errno.EINVAL, guest.Vdevice(3).With("dev_id", other.Id));
        guest.Program.Expect(Errno.EINVAL, guest.Nested(Translate).With("dev_id", other.Id));
        guest.Finish();
    }

    [Theory]
    [InlineData(Translate, 0, Errno.OK)]
    [InlineData(Bypass, 0, Errno.OK)]
    [InlineData(Abort, 0, Errno.OK)]
    [InlineData(1 | (6 << 1), 0, Errno.EIO)]
    [InlineData(1 | (7 << 1), 0, Errno.EIO)]
    [InlineData(Translate, 1ul << 28, Errno.OK)]
    [InlineData(Translate, 2ul << 28, Errno.EIO)]
    [InlineData(Translate, 1ul << 8, Errno.EIO)]
    [InlineData(Translate | (1ul << 52), 0, Errno.EIO)]
    [InlineData(Translate | 0xf80f_ffff_ffff_fff0, 0x80000ff, Errno.OK)]
    [InlineData(~1ul, ~0ul, Errno.OK)]
    public void HwptAlloc_Entry_HasBitsForGuestsAlone(ulong first, ulong second, Errno expected)
    {
        var guest = new SmmuV3Guest();
        guest.Program.Expect(expected, guest.Nested(first, second));
        guest.Finish();
    }

    [Fact]
    public void HwptAlloc_TwoErrors_EarlierWins()
    {
        var guest = new SmmuV3Guest();
        var bad = guest.Nested(1 | (6 << 1));
        guest.Program.Expect(Errno.EOPNOTSUPP, bad.With("flags", Pasid).With("data_len", 8));
        guest.Program.Expect(Errno.EINVAL, bad.With("flags", 0));
        guest.Program.Expect(Errno.EINVAL, bad.With("data_len", 16).With("data_type", 1));
        guest.Program.Expect(Errno.EIO, bad.With("data_type", 2));
        guest.Finish();
    }

    [Theory]
    [InlineData(Translate, false, Errno.ENOENT)]
    [InlineData(Translate, true, Errno.OK)]
    [InlineData(Bypass, false, Errno.OK)]
    [InlineData(Abort, false, Errno.OK)]
    [InlineData(0, false, Errno.OK)]
    public void Attach_NestedDomain_NeedsANumberToTranslate(ulong entry, bool hasNumber, Errno expected)
    {
        var guest = new SmmuV3Guest();
        var nested = guest.NestedId(entry);
        if (hasNumber)
            guest.Program.Must(guest.Vdevice(0x42), "out_vdevice_id");
        Assert.Equal(expected, guest.Program.Attach(guest.Device, nested).Errno);
        Assert.Equal(hasNumber ? 0x42ul : 0, guest.Master.VirtualId);
        if (expected != Errno.OK)
            Assert.Null(guest.Master.Domain);
        guest.Program.AssertNoReports();
    }

    [Fact]
    public void Attach_RefusedNestedDomain_LeavesTheOldOne()
    {
        var guest = new SmmuV3Guest();
        Assert.Equal(Errno.OK, guest.Program.Attach(guest.Device, guest.Parent).Errno);
        var old = guest.Master.Domain;
        Assert.Equal(Errno.ENOENT, guest.Program.Replace(guest.Device, guest.NestedId(Translate)).Errno);
        Assert.Same(old, guest.Master.Domain);
        guest.Program.AssertNoReports();
    }

    [Fact]
    public void Attach_DomainOfAnotherSmmu_IsRefused()
    {
        var guest = new SmmuV3Guest();
        var other = guest.Bind("unit=smmu1");
        Assert.Equal(Errno.EINVAL, guest.Program.Attach(other, guest.Parent).Errno);
        Assert.Equal(Errno.EINVAL, guest.Program.Attach(other, guest.NestedId(Bypass)).Errno);
        guest.Program.AssertNoReports();
    }

    [Fact]
    public void Attach_DeviceThatIsNotCoherent_IsRefusedWhereThatIsForced()
    {
        var guest = new SmmuV3Guest();
        Assert.Equal(Errno.OK, guest.Program.Attach(guest.Device, guest.Parent).Errno);
        var other = guest.Bind("canwbs=no");
        Assert.Equal(Errno.EINVAL, guest.Program.Attach(other, guest.Parent).Errno);
        guest.Program.AssertNoReports();
    }

    [Fact]
    public void Attach_Pasids_AndTheSecondStageExcludeEachOther()
    {
        var guest = new SmmuV3Guest("ssid-bits=4");
        var program = guest.Program;
        var pasids = program.Must(guest.Hwpt(Pasid), "out_hwpt_id");
        Assert.Equal(Errno.OK, program.Attach(guest.Device, pasids).Errno);
        Assert.Equal(Errno.OK, AttachPasid(guest, 5, pasids));
        Assert.Equal(Errno.EINVAL, AttachPasid(guest, 16, pasids));
        Assert.True(guest.Master.HasPasidsInUse);
        var (parent, nested) = (DomainOf(guest, guest.Parent), DomainOf(guest, guest.NestedId(0)));
        Assert.Equal(Errno.EBUSY, parent.Ops.AttachDev!(parent, guest.Master));
        Assert.Equal(Errno.EBUSY, nested.Ops.AttachDev!(nested, guest.Master));
        program.Kernel.Detach(program.Task, guest.Device, 5);
        Assert.False(guest.Master.HasPasidsInUse);
        program.AssertNoReports();
    }

    [Fact]
    public void VdeviceAlloc_DeviceWithTwoStreams_IsRefused()
    {
        var guest = new SmmuV3Guest("streams=2");
        guest.Program.Expect(Errno.EOPNOTSUPP, guest.Vdevice(1));
        guest.Finish();
    }

    [Theory]
    [InlineData(0x10, false, Errno.OK)]
    [InlineData(0x04, false, Errno.OK)]
    [InlineData(0x10, true, Errno.EOPNOTSUPP)]
    [InlineData(0x02, false, Errno.EOPNOTSUPP)]
    public void Event_OfADeviceInTheGuest_HasTheGuestsNumber(byte id, bool isSecondStage, Errno expected)
    {
        var guest = new SmmuV3Guest();
        var queue = guest.Program.VeventqAlloc(guest.ViommuId, 2).With("type", 1);
        guest.Program.Must(queue, "out_veventq_id");
        guest.Program.Must(guest.Vdevice(0x42), "out_vdevice_id");
        Assert.Equal(Errno.OK, guest.Program.Attach(guest.Device, guest.NestedId(Translate)).Errno);
        Quads4 record = default;
        (record[0], record[1], record[3]) = (id | (7ul << 32), isSecondStage ? 1ul << 39 : 5, 9);
        Assert.Equal(expected, Raise(guest, record));
        var (_, read) = guest.Program.ReadFrom((int)queue.Id("out_veventq_fd"), 64);
        Assert.Equal(expected == Errno.OK ? 40ul : 0, read);
        if (expected == Errno.OK)
        {
            var seen = guest.Program.Get<VeventArmSmmuV3>(guest.Program.DataPlace + 8).Evt;
            Assert.Equal((id | (0x42ul << 32), 5ul, 9ul), (seen[0], seen[1], seen[3]));
        }

        guest.Program.AssertNoReports();
    }

    [Fact]
    public void Event_OfADeviceThatLeftTheGuest_IsNotForIt()
    {
        var guest = new SmmuV3Guest();
        guest.Program.Must(guest.Vdevice(0x42), "out_vdevice_id");
        Assert.Equal(Errno.OK, guest.Program.Attach(guest.Device, guest.NestedId(Translate)).Errno);
        guest.Program.Detach(guest.Device);
        Quads4 record = default;
        record[0] = 0x10;
        Assert.Equal(Errno.EOPNOTSUPP, Raise(guest, record));
        guest.Program.AssertNoReports();
    }

    [Fact]
    public void ViommuAlloc_ParentOfAnotherDriver_IsReportedAndInAFixedKernelRefused()
    {
        foreach (var isFixed in (bool[])[true, false])
        {
            var guest = new SmmuV3Guest(isFixed: isFixed);
            var mock = guest.Bind("", "mock");
            var foreign = guest.Program.Must(guest.Program.HwptAlloc(mock.Id, guest.Ioas, Parents), "out_hwpt_id");
            guest.Program.Expect(Errno.EINVAL, guest.ViommuAlloc().With("hwpt_id", foreign));
            Assert.Equal(isFixed ? [] : ["KASAN: slab-out-of-bounds in arm_vsmmu_init"], guest.Program.Titles());
        }
    }

    private static Errno Raise(SmmuV3Guest guest, Quads4 record) =>
        guest.Program.Run(() => SmmuV3Events.Handle(guest.Master, record)).Errno;

    private static Errno AttachPasid(SmmuV3Guest guest, uint pasid, uint hwpt) =>
        guest.Program.Kernel.Attach(guest.Program.Task, guest.Device, pasid, ref hwpt).Errno;

    private static Iommu.IommuDomain DomainOf(SmmuV3Guest guest, uint hwpt) =>
        ((HwPagetable)guest.Program.Context.Objects.Find(hwpt)!).Domain!;
}
