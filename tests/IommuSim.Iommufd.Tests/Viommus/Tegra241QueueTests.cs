using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>
/// NVIDIA's command queues as hardware queues of a guest: read off
/// drivers/iommu/arm/arm-smmu-v3/tegra241-cmdqv.c, v7.3.
/// </summary>
public sealed class Tegra241QueueTests
{
    private const ulong Page = 4096;
    private const ulong Iova = 1ul << 32;
    private const ulong Registers = 64 * 1024;

    [Fact]
    public void ViommuAlloc_WithQueues_LendsTheRegisters()
    {
        var guest = new SmmuV3Guest("cmdqv=yes");
        var program = guest.Program;
        program.Must(guest.WithQueues(), "out_viommu_id");
        var answer = program.Get<ViommuTegra241Cmdqv>(program.DataPlace);
        Assert.Equal(Registers, answer.OutVintfMmapLength);
        var result = program.Kernel.Mmap(
            program.Task,
            program.Fd,
            answer.OutVintfMmapOffset,
            Registers,
            MmapProtection.Shared,
            out var memory
        );
        Assert.Equal(Errno.OK, result.Errno);
        program.Kernel.Munmap(program.Task, memory!);
        guest.Finish();
    }

    [Theory]
    [InlineData(DecisionKind.Allocation, 2, Errno.ENOMEM)]
    [InlineData(DecisionKind.Allocation, 3, Errno.ENOMEM)]
    [InlineData(DecisionKind.Copy, 3, Errno.EFAULT)]
    [InlineData(DecisionKind.Copy, 4, Errno.EFAULT)]
    public void ViommuAlloc_PointFails_GivesTheInterfaceBack(DecisionKind kind, int nth, Errno expected)
    {
        var guest = new SmmuV3Guest("cmdqv=yes");
        var request = guest.WithQueues();
        guest.Program.Machine.Decisions.Inject(kind, nth);
        guest.Program.Expect(expected, request);
        guest.Program.Machine.Decisions.Inject(kind, 0);
        Assert.Equal(1, guest.Smmu.Interfaces.Allocate());
        guest.Finish();
    }

    [Fact]
    public void ViommuAlloc_MoreThanTheSmmuHas_IsNoSpace()
    {
        var guest = new SmmuV3Guest("cmdqv=yes");
        uint last = 0;
        for (var i = 1; i < Tegra241Vintf.InterfaceCount; i++)
            last = guest.Program.Must(guest.WithQueues(), "out_viommu_id");
        guest.Program.Expect(Errno.ENOSPC, guest.WithQueues());
        guest.Program.Expect(Errno.EINVAL, guest.WithQueues().With("data_len", 8));
        guest.Program.Expect(Errno.OK, guest.Program.Destroy(last));
        guest.Program.Must(guest.WithQueues(), "out_viommu_id");
        guest.Finish();
    }

    [Fact]
    public void HwQueueAlloc_TwoQueues_ComeAndGoInOrder()
    {
        var guest = Mapped(out var viommu);
        var program = guest.Program;
        program.Expect(Errno.EIO, Queue(guest, viommu, 1));
        program.Expect(Errno.EINVAL, Queue(guest, viommu, 2));
        var first = program.Must(Queue(guest, viommu, 0), "out_hw_queue_id");
        program.Expect(Errno.EEXIST, Queue(guest, viommu, 0));
        var second = program.Must(Queue(guest, viommu, 1), "out_hw_queue_id");
        program.Expect(Errno.EBUSY, program.Destroy(first));
        program.Expect(Errno.OK, program.Destroy(second));
        program.Expect(Errno.OK, program.Destroy(first));
        program.Must(Queue(guest, viommu, 0), "out_hw_queue_id");
        guest.Finish();
    }

    [Theory]
    [InlineData(0, 0, 16, Errno.EINVAL)]
    [InlineData(0, 0, 33, Errno.EINVAL)]
    [InlineData(0, 0, 32, Errno.OK)]
    [InlineData(0, 32, 32, Errno.OK)]
    [InlineData(0, 32, 64, Errno.EINVAL)]
    [InlineData(0, 16, 32, Errno.EINVAL)]
    [InlineData(0, 0, Page, Errno.OK)]
    [InlineData(1, 0, 33, Errno.EIO)]
    [InlineData(2, 0, 33, Errno.EINVAL)]
    [InlineData(0, 0, 2 * Page, Errno.ENOENT)]
    public void HwQueueAlloc_LengthAndAddress_ArePowersOfTwo(uint index, ulong offset, ulong length, Errno expected)
    {
        var guest = Mapped(out var viommu);
        var request = Queue(guest, viommu, index).With("nesting_parent_iova", Iova + offset).With("length", length);
        guest.Program.Expect(expected, request);
        guest.Finish();
    }

    [Fact]
    public void HwQueueAlloc_TypeOfAnother_IsRefused()
    {
        var guest = Mapped(out var viommu);
        var selftest = ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST;
        guest.Program.Expect(Errno.EOPNOTSUPP, Queue(guest, viommu, 0).With("type", selftest));
        guest.Program.Expect(Errno.EOPNOTSUPP, Queue(guest, guest.ViommuId, 0));
        guest.Finish();
    }

    [Fact]
    public void VdeviceAlloc_MoreThanTheInterfaceHas_IsNoSpace()
    {
        var guest = Mapped(out var viommu);
        var program = guest.Program;
        program.Expect(Errno.EINVAL, guest.Vdevice(1ul << 20).With("viommu_id", viommu));
        var two = guest.Bind("cmdqv=yes streams=2");
        program.Expect(Errno.EINVAL, program.VdeviceAlloc(viommu, two.Id, 1ul << 20));
        program.Expect(Errno.EOPNOTSUPP, program.VdeviceAlloc(viommu, two.Id, 1));
        uint last = 0;
        for (uint i = 0; i < 16; i++)
            last = program.Must(program.VdeviceAlloc(viommu, guest.Bind("").Id, i), "out_vdevice_id");
        program.Expect(Errno.ENOSPC, guest.Vdevice(99).With("viommu_id", viommu));
        program.Expect(Errno.OK, program.Destroy(last));
        program.Expect(Errno.OK, guest.Vdevice(99).With("viommu_id", viommu));
        program.AssertNoReports();
    }

    [Theory]
    [InlineData("", 0, 2u, 40)]
    [InlineData("cmdqv=yes", 2, 2u, 40)]
    [InlineData("cmdqv=yes", 3, 3u, 8)]
    public void GetHwInfo_Type_IsTheOneAskedFor(string settings, uint asked, uint told, ulong length)
    {
        var guest = new SmmuV3Guest(settings);
        var request = guest.Program.HwInfo(guest.Device.Id, 64).With("flags", 1).With("in_data_type", asked);
        guest.Program.Expect(Errno.OK, request);
        Assert.Equal((told, length), (request.Id("out_data_type"), request["data_len"]));
        guest.Finish();
    }

    [Theory]
    [InlineData("", 3)]
    [InlineData("cmdqv=yes", 1)]
    [InlineData("cmdqv=yes", 4)]
    public void GetHwInfo_TypeThatIsNotThere_IsRefused(string settings, uint asked)
    {
        var guest = new SmmuV3Guest(settings);
        var request = guest.Program.HwInfo(guest.Device.Id, 64).With("flags", 1).With("in_data_type", asked);
        guest.Program.Expect(Errno.EOPNOTSUPP, request);
        guest.Finish();
    }

    [Fact]
    public void Errors_OfTheQueues_GoToTheGuestsEventQueue()
    {
        var guest = Mapped(out var viommu);
        var queue = guest.Program.VeventqAlloc(viommu, 2).With("type", 2);
        guest.Program.Must(queue, "out_veventq_id");
        Quads2 map = default;
        map[1] = 3;
        var found = (Iommufd.Viommus.Viommu)guest.Program.Context.Objects.Find(viommu)!;
        Assert.Equal(Errno.OK, guest.Program.Run(() => Tegra241Vintf.ReportErrors(found, map)).Errno);
        Assert.Equal((Errno.OK, 24ul), guest.Program.ReadFrom((int)queue.Id("out_veventq_fd"), 64));
        Assert.Equal(3ul, guest.Program.Get<VeventTegra241Cmdqv>(guest.Program.DataPlace + 8).LvcmdqErrMap[1]);
        guest.Program.AssertNoReports();
    }

    private static SmmuV3Guest Mapped(out uint viommu)
    {
        var guest = new SmmuV3Guest("cmdqv=yes");
        var map = guest
            .Program.New("IOAS_MAP")
            .With("ioas_id", guest.Ioas)
            .With("flags", 7)
            .With("user_va", guest.Program.Memory.Map(Page))
            .With("length", Page)
            .With("iova", Iova);
        guest.Program.Expect(Errno.OK, map);
        viommu = guest.Program.Must(guest.WithQueues(), "out_viommu_id");
        return guest;
    }

    private static Request Queue(SmmuV3Guest guest, uint viommu, uint index) =>
        guest
            .Program.New("HW_QUEUE_ALLOC")
            .With("viommu_id", viommu)
            .With("type", ViommuConstants.IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV)
            .With("index", index)
            .With("nesting_parent_iova", Iova)
            .With("length", Page);
}
