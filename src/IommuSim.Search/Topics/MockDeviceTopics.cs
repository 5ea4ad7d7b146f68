using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>Mock devices that test operations plug in and move.</summary>
internal static class MockDeviceTopics
{
    public const string Plug = "IOMMU_TEST_OP_MOCK_DOMAIN";
    public const string PlugWithFlags = "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS";
    public const string Move = "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE";

    public static IoctlTopic[] All { get; } =
    [
        new(Plug)
        {
            Weight = 8,
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EADDRINUSE, Errno.ENOMEM],
            Fill = static (draft, random) => draft.SetPlain(random.Below(3) == 0 ? ObjectKind.Paging : ObjectKind.Ioas),
            Races =
            [
                new(ObjectKind.Stdev, SelftestTopics.TriggerIopf, Move),
                new(ObjectKind.Stdev, SelftestTopics.TriggerIopf, null),
                new(ObjectKind.Stdev, VdeviceTopics.Alloc, null),
            ],
            Remains =
            [
                new(
                    Errno.EFAULT,
                    "until 6.6 the device is published before the answer is copied",
                    static spec => TestOps.Common.Any(row => IsMockDomain(row) && spec.TestOps.Contains(row))
                ),
            ],
            Expect = ExpectMock,
            Apply = AddMock,
        },
        new(PlugWithFlags)
        {
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EADDRINUSE, Errno.ENOMEM],
            Fill = static (draft, random) =>
            {
                draft.Set("id", SelftestTopics.Target(draft, random));
                draft.Set(
                    "dev_flags",
                    random.OneIn(8) ? Numbers.Boundary(random) & uint.MaxValue : 1u << (int)random.Below(3)
                );
            },
            Expect = static (in call) =>
                (call.Field("dev_flags") & ~7u) != 0
                    ? Expectation.Of(Errno.EINVAL, "there is no such flag of a device")
                    : Expectation.None,
            Apply = AddMock,
        },
        new(Move)
        {
            Weight = 6,
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EADDRINUSE, Errno.ENOMEM],
            Needs = [ObjectNeeds.Stdev],
            Fill = static (draft, random) => draft.SetPlain(ObjectKind.Stdev),
            Next = static (_, state) => SelftestTopics.Trigger(state.Random),
            About = static (move, hwpt) => move.With("pt_id", hwpt.Value),
            Note = static (call, known) => known.Move(call.FieldOf("id").Label, call.FieldOf("pt_id")),
            Written = ["pt_id"],
            SucceedsUntold = true,
            Remains = [Remainder.Untold("the device has moved when the answer is copied")],
            Expect = ExpectMove,
            Apply = static (in call) =>
            {
                var got = BitConverter.ToUInt32(call.Call.Argument!.Head[call.Call.Plan!.Fields["pt_id"].Offset..]);
                return call.Find("id") is { Device: { } mock }
                    ? call.Context.Move(mock, call.Field("pt_id"), got)
                    : null;
            },
        },
    ];

    private static bool IsMockDomain(TestOpRow row) => row.Op == SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN;

    /// <summary>The device is bound before the target is looked up, and so can be found itself.</summary>
    private static Expectation ExpectMock(in IoctlMade call)
    {
        var obj = call.Find("id");
        if (call.Field("id") == call.Context.NextId(1))
            return Expectation.Of(Errno.EINVAL, "the id is of the device itself");
        if (obj is null)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        return obj.IsHwpt || obj.Kind == ObjectKind.Ioas
            ? Expectation.None
            : Expectation.Of(Errno.EINVAL, "the id is no page table");
    }

    private static Expectation ExpectMove(in IoctlMade call)
    {
        if (call.Find("id") is not { Kind: ObjectKind.Stdev } stdev)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (call.Find("pt_id") is not { } obj)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        if (!obj.IsHwpt && obj.Kind != ObjectKind.Ioas)
            return Expectation.Of(Errno.EINVAL, "the id is no page table");
        return ReferenceEquals(stdev.Group!.Hwpt, obj)
            ? Expectation.Of(Errno.OK, "it is there already")
            : PasidModel.ExpectMoved(stdev.Group, obj);
    }

    private static string? AddMock(in IoctlMade call)
    {
        if (call.Call.Plan!.Ids.Length < 3)
            return null;
        var (context, stdev, idev) = (call.Context, call.Returned("stdev"), call.Returned("idev"));
        var ordered = stdev == context.NextId() && idev == context.NextId(1);
        var device = context.Bind(new ModelGroup(), idev, "mock");
        device.Hardware!.HasPasids = PasidModel.HasPasids(call.Field("dev_flags"));
        context.Add(new ModelObject(ObjectKind.Stdev, stdev) { Device = device, Group = device.Group });
        return context.Move(device, call.Field("id"), call.Returned("hwpt"))
            ?? (ordered ? null : "does not return the lowest free ids");
    }
}
