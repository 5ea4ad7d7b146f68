using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>vIOMMUs, what they lend, and what a guest invalidates on them.</summary>
public sealed class ViommuTests
{
    private const ulong LentBytes = 2 * UserAddressSpace.PageSize;

    [Fact]
    public void Destroy_ViommuHoldsItsParent_LeavesFirst()
    {
        var rig = new GuestRig();
        var nested = rig.Program.Must(rig.NestedAlloc(), "out_hwpt_id");
        rig.Program.Expect(Errno.EBUSY, rig.Program.Destroy(rig.Parent));
        rig.Program.Expect(Errno.EBUSY, rig.Program.Destroy(rig.ViommuId));
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(nested));
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(rig.ViommuId));
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(rig.Parent));
        rig.Program.Finish();
    }

    [Fact]
    public void Alloc_WithData_LendsTwoPagesAtTheOffsetItTells()
    {
        var rig = new GuestRig();
        var place = rig.Program.Put(new ViommuSelftest { InData = 0xbeef });
        var viommu = rig.Program.Must(WithData(rig, place, 24), "out_viommu_id");
        var answer = rig.Program.Get<ViommuSelftest>(place);
        Assert.Equal((0xbeefu, LentBytes), (answer.OutData, answer.OutMmapLength));
        var offset = answer.OutMmapOffset;
        Assert.Equal(UserAddressSpace.PageSize, offset);
        Assert.Equal(Errno.ENXIO, Map(rig, offset + 4096, LentBytes, out _));
        Assert.Equal(Errno.ENXIO, Map(rig, offset + LentBytes, LentBytes, out _));
        Assert.Equal(Errno.ENXIO, Map(rig, 0, LentBytes, out _));
        Assert.Equal(Errno.ENXIO, Map(rig, offset, LentBytes / 2, out _));
        Assert.Equal(Errno.ENXIO, Map(rig, offset, LentBytes * 2, out _));
        Assert.Equal(Errno.EINVAL, Map(rig, offset, LentBytes, out _, MmapProtection.None));
        Assert.Equal(Errno.EINVAL, Map(rig, offset, length: 0, out _));
        Assert.Equal(Errno.EPERM, Map(rig, offset, LentBytes, out _, MmapProtection.Shared | MmapProtection.Execute));
        Assert.Equal(Errno.OK, Map(rig, offset, LentBytes, out var range));
        Assert.Equal(0xbeefu, BitConverter.ToUInt32(range!.Memory.Span));
        rig.Program.Expect(Errno.EBUSY, rig.Program.Destroy(viommu));
        rig.Program.Kernel.Munmap(rig.Program.Task, range);
        rig.Program.Expect(Errno.OK, rig.Program.Destroy(viommu));
        Assert.Equal(Errno.ENXIO, Map(rig, offset, LentBytes, out _));
        rig.Program.Finish();
    }

    [Fact]
    public void Mmap_FileClosed_MappingKeepsTheContext()
    {
        var rig = new GuestRig();
        var place = rig.Program.Put(default(ViommuSelftest));
        rig.Program.Must(WithData(rig, place, 24), "out_viommu_id");
        Assert.Equal(Errno.OK, Map(rig, 4096, LentBytes, out var range));
        rig.Program.Close();
        Assert.Single(rig.Program.Kernel.Contexts);
        rig.Program.Kernel.Munmap(rig.Program.Task, range!);
        Assert.Empty(rig.Program.Kernel.Contexts);
        rig.Program.AssertNoReports();
    }

    public static TheoryData<uint, ulong, Errno> BadData { get; } =
        new()
        {
            { 7, 0, Errno.EINVAL },
            { 25, 0, Errno.EINVAL },
            { 24, 4096, Errno.EFAULT },
        };

    [Theory]
    [MemberData(nameof(BadData))]
    public void Alloc_BadData_IsRefused(uint length, ulong address, Errno errno)
    {
        var rig = new GuestRig();
        var place = address == 0 ? rig.Program.Put(default(ViommuSelftest)) : address;
        var before = KernelState.Of(rig.Program);
        rig.Program.Expect(errno, WithData(rig, place, length));
        Assert.Equal(before, KernelState.Of(rig.Program));
        rig.Program.Finish();
    }

    [Theory]
    [InlineData(DecisionKind.Allocation, Errno.ENOMEM, 5)]
    [InlineData(DecisionKind.DriverOp, Errno.ENOMEM, 1)]
    [InlineData(DecisionKind.Copy, Errno.EFAULT, 5)]
    public void Alloc_NthPointFails_NothingIsLeftBehind(DecisionKind kind, Errno errno, int points)
    {
        for (var nth = 1; nth <= points; nth++)
        {
            var rig = new GuestRig();
            var place = rig.Program.Put(default(ViommuSelftest));
            var before = KernelState.Of(rig.Program);
            rig.Program.Machine.Decisions.Inject(kind, nth);
            rig.Program.Expect(errno, WithData(rig, place, 24));
            rig.Program.Machine.Decisions.Inject(kind, 0);
            Assert.Equal(before, KernelState.Of(rig.Program));
            Assert.Empty(rig.Program.Context.Mmaps.Ranges);
            rig.Program.Must(WithData(rig, place, 24), "out_viommu_id");
            rig.Program.Finish();
        }
    }

    public static TheoryData<uint, uint, uint, uint, Errno, uint> Entries { get; } =
        new()
        {
            { 0xffffffff, 0x99, 0, 12, Errno.EOPNOTSUPP, 0 },
            { 0, 0x99, 4, 12, Errno.EINVAL, 0 },
            { 0, 9, 0, 12, Errno.EINVAL, 0 },
            { 1, 0x99, 4, 12, Errno.EINVAL, 0 },
            { 0, 0x99, 0, 0, Errno.EINVAL, 0 },
            { 0, 0x99, 0, 1, Errno.EINVAL, 0 },
            { 0, 0x99, 0, 16, Errno.OK, 1 },
            { 0, 0x99, 0, 4097, Errno.EINVAL, 0 },
            { 1, 0x99, 0, 12, Errno.OK, 1 },
        };

    [Theory]
    [MemberData(nameof(Entries))]
    public void Invalidate_OneEntry_IsCheckedInOrder(
        uint flags,
        uint device,
        uint cache,
        uint length,
        Errno errno,
        uint done
    )
    {
        var rig = new GuestRig();
        rig.Program.Must(rig.VdeviceAlloc(0x99), "out_vdevice_id");
        var place = rig.Program.Put(
            new ViommuInvalidateSelftest
            {
                Flags = flags,
                VdevId = device,
                CacheId = cache,
            }
        );
        var request = Invalidate(rig, place, 1).With("entry_len", length);
        rig.Program.Expect(errno, request);
        Assert.Equal(done, request.Id("entry_num"));
        var isCleared = errno == Errno.OK;
        rig.Program.Expect(isCleared ? Errno.OK : Errno.EINVAL, CheckCache(rig, 0, 0));
        rig.Program.Expect(flags == 1 && isCleared ? Errno.OK : Errno.EINVAL, CheckCache(rig, 3, 0));
        rig.Program.Finish();
    }

    [Fact]
    public void Invalidate_TypeAndNoMemory_AnswerAsTheMockDoes()
    {
        var rig = new GuestRig();
        var place = rig.Program.Put(default(ViommuInvalidateSelftest));
        rig.Program.Expect(Errno.OK, Invalidate(rig, place, 0));
        rig.Program.Expect(Errno.EINVAL, Invalidate(rig, place, 0).With("data_type", 1));
        rig.Program.Expect(Errno.EINVAL, Invalidate(rig, place, 1).With("hwpt_id", rig.Parent));
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);
        var request = Invalidate(rig, place, 3);
        rig.Program.Expect(Errno.ENOMEM, request);
        Assert.Equal(3u, request.Id("entry_num"));
        rig.Program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        rig.Program.Finish();
    }

    private static Request WithData(GuestRig rig, ulong place, uint length) =>
        rig.ViommuAlloc().With("data_uptr", place).With("data_len", length);

    private static Request Invalidate(GuestRig rig, ulong place, uint count) =>
        rig
            .Program.New("HWPT_INVALIDATE")
            .With("hwpt_id", rig.ViommuId)
            .With("data_uptr", place)
            .With("data_type", ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST)
            .With("entry_len", 12)
            .With("entry_num", count);

    private static Request CheckCache(GuestRig rig, uint cache, uint value) =>
        rig.Program.NewTest("DEV_CHECK_CACHE").With("id", rig.Idev).With("cache_id", cache).With("cache", value);

    private static Errno Map(
        GuestRig rig,
        ulong offset,
        ulong length,
        out IMappedMemory? range,
        MmapProtection protection = MmapProtection.Shared
    ) => rig.Program.Kernel.Mmap(rig.Program.Task, rig.Program.Fd, offset, length, protection, out range).Errno;
}
