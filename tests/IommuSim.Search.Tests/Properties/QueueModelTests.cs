using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;
using IommuSim.Uapi;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Sequences in which the models of PASIDs and queues see what a planted bug does.</summary>
public sealed class QueueModelTests
{
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
    private const uint FaultId = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;

    [Theory]
    [InlineData("P12", "IOMMU_TEST_OP_PASID_ATTACH answers EEXIST, not EBUSY: something is attached by the PASID")]
    [InlineData("P10", "a paging hwpt has more users than referrers")]
    public void Run_CallsOnPasids_FindsTheBug(string bug, string title) => Check(bug, title, CallsOnPasids());

    [Theory]
    [InlineData("P13", "read returns another fault than the oldest")]
    [InlineData("P15", "other faults wait for a response than were read and not answered")]
    [InlineData("P16", "write returns another length than that of the responses it took")]
    public void Run_FaultsReadAndAnswered_FindsTheBug(string bug, string title) =>
        Check(bug, title, FaultsReadAndAnswered());

    [Theory]
    [InlineData("P19", "read returns an event with a wrong sequence number")]
    public void Run_EventsLost_FindsTheBug(string bug, string title) => Check(bug, title, EventsLost());

    [Fact]
    public void Run_PasidGoesWithItsDevice_HwptCanBeDestroyed()
    {
        var calls = CallsOnPasids()[..7];
        Check(null, null, [.. calls, Ioctl(8, "IOMMU_DESTROY", ("id", Of(4, "stdev"))), Destroy(9, Of(5, "hwpt"))]);
    }

    private static void Check(string? bug, string? title, Call[] calls)
    {
        Assert.Null(Run("linux-7.3/fixed", calls));
        if (bug is null)
            return;
        var node = KernelTree.Bugs.Single(n => n.Name.StartsWith($"bugs/{bug}-", StringComparison.Ordinal));
        Assert.EndsWith(title!, Run(node.Name, calls), StringComparison.Ordinal);
    }

    private static string? Run(string kernel, Call[] calls)
    {
        var executor = new SequenceExecutor(new SearchTarget(KernelTree.Find(kernel)!), IoctlTopics.Contracts);
        return executor.Run(new CallSequence([], [.. calls]))?.Title;
    }

    private static Call[] CallsOnPasids() =>
        [
            Ioctl(1, "IOMMU_IOAS_ALLOC"),
            Ioctl(2, "IOMMU_TEST_OP_MOCK_DOMAIN", ("id", Of(1, "ioas"))),
            Alloc(3, 2, Pasid),
            Ioctl(4, "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS", ("id", Of(3, "hwpt")), ("dev_flags", CallValue.Of(4))),
            Alloc(5, 2, Pasid),
            OnPasid(6, "IOMMU_TEST_OP_PASID_ATTACH", 1, Of(5, "hwpt")),
            OnPasid(7, "IOMMU_TEST_OP_PASID_ATTACH", 2, Of(5, "hwpt")),
            OnPasid(8, "IOMMU_TEST_OP_PASID_ATTACH", 2, Of(5, "hwpt")),
            OnPasid(9, "IOMMU_TEST_OP_PASID_REPLACE", 1, Of(3, "hwpt")),
            Ioctl(10, "IOMMU_TEST_OP_PASID_DETACH", ("id", Of(4, "stdev")), ("pasid", CallValue.Of(2))),
            Destroy(11, Of(5, "hwpt")),
        ];

    private static Call[] FaultsReadAndAnswered() =>
        [
            Ioctl(1, "IOMMU_IOAS_ALLOC"),
            Ioctl(2, "IOMMU_TEST_OP_MOCK_DOMAIN", ("id", Of(1, "ioas"))),
            Ioctl(3, "IOMMU_FAULT_QUEUE_ALLOC"),
            Alloc(4, 2, FaultId, ("fault_id", Of(3, "fault"))),
            Ioctl(5, "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ("id", Of(2, "stdev")), ("pt_id", Of(4, "hwpt"))),
            Raise(6, 1),
            Raise(7, 2),
            Raise(8, 3),
            Transfer(9, CallKind.Read, 3, MemorySpec.Plain(120)),
            Transfer(10, CallKind.Write, 3, Responses(1, 9)),
            Transfer(11, CallKind.Write, 3, Responses(3)),
            Transfer(12, CallKind.Write, 3, Responses(2)),
        ];

    private static Call[] EventsLost() =>
        [
            Ioctl(1, "IOMMU_IOAS_ALLOC"),
            Ioctl(2, "IOMMU_TEST_OP_MOCK_DOMAIN", ("id", Of(1, "ioas"))),
            Alloc(3, 2, HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT),
            Ioctl(
                4,
                "IOMMU_VIOMMU_ALLOC",
                ("dev_id", Of(2, "idev")),
                ("hwpt_id", Of(3, "hwpt")),
                ("type", CallValue.Of(ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST))
            ),
            Ioctl(
                5,
                "IOMMU_VDEVICE_ALLOC",
                ("viommu_id", Of(4, "viommu")),
                ("dev_id", Of(2, "idev")),
                ("virt_id", CallValue.Of(7))
            ),
            Ioctl(
                6,
                "IOMMU_VEVENTQ_ALLOC",
                ("viommu_id", Of(4, "viommu")),
                ("type", CallValue.Of(VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST)),
                ("veventq_depth", CallValue.Of(1))
            ),
            AllocNested(7),
            Ioctl(8, "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", ("id", Of(2, "stdev")), ("pt_id", Of(7, "hwpt"))),
            Ioctl(9, "IOMMU_TEST_OP_TRIGGER_VEVENT", ("dev_id", Of(2, "idev"))),
            Ioctl(10, "IOMMU_TEST_OP_TRIGGER_VEVENT", ("dev_id", Of(2, "idev"))),
            Ioctl(11, "IOMMU_TEST_OP_TRIGGER_VEVENT", ("dev_id", Of(2, "idev"))),
            Transfer(12, CallKind.Read, 6, MemorySpec.Plain(20)),
        ];

    private static Call Ioctl(int label, string verb, params (string Name, CallValue Value)[] fields) =>
        new(label, CallKind.Ioctl, verb) { Fields = [.. fields.Select(f => new FieldSetting(f.Name, f.Value))] };

    private static Call Alloc(int label, int device, uint flags, params (string Name, CallValue Value)[] more) =>
        Ioctl(
            label,
            "IOMMU_HWPT_ALLOC",
            [("dev_id", Of(device, "idev")), ("pt_id", Of(1, "ioas")), ("flags", CallValue.Of(flags)), .. more]
        );

    private static Call AllocNested(int label)
    {
        var data = MemorySpec.Structs<HwptSelftest73>(1, static () => [("iotlb", 7)]);
        return Ioctl(
            label,
            "IOMMU_HWPT_ALLOC",
            ("dev_id", Of(2, "idev")),
            ("pt_id", Of(4, "viommu")),
            ("data_type", CallValue.Of(HwptType.IOMMU_HWPT_DATA_SELFTEST)),
            ("data_len", CallValue.Of(data.Size)),
            ("data_uptr", CallValue.At(data))
        );
    }

    private static Call OnPasid(int label, string verb, ulong pasid, CallValue hwpt) =>
        Ioctl(label, verb, ("id", Of(4, "stdev")), ("pasid", CallValue.Of(pasid)), ("pt_id", hwpt));

    private static Call Raise(int label, ulong group) =>
        Ioctl(
            label,
            "IOMMU_TEST_OP_TRIGGER_IOPF",
            ("dev_id", Of(2, "idev")),
            ("grpid", CallValue.Of(group)),
            ("perm", CallValue.Of(1))
        );

    private static Call Destroy(int label, CallValue id) => Ioctl(label, "IOMMU_DESTROY", ("id", id));

    private static Call Transfer(int label, CallKind kind, int queue, MemorySpec memory)
    {
        ImmutableArray<FieldSetting> fields =
        [
            new(Call.Buffer, CallValue.At(memory)),
            new(Call.Count, CallValue.Of(memory.Size)),
        ];
        return new Call(label, kind, kind.ToString().ToLowerInvariant()) { File = queue, Fields = fields };
    }

    private static MemorySpec Responses(params ulong[] cookies)
    {
        var next = 0;
        return MemorySpec.Structs<HwptPageResponse>(cookies.Length, () => [("cookie", cookies[next++]), ("code", 0)]);
    }

    private static CallValue Of(int label, string member) => CallValue.Result(label, member);
}
