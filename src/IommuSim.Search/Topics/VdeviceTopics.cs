using System.Collections.Immutable;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Topics;

/// <summary>Devices as a guest numbers them behind its vIOMMU.</summary>
internal static class VdeviceTopics
{
    public const string Alloc = "IOMMU_VDEVICE_ALLOC";

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Weight = 6,
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EEXIST, Errno.EOPNOTSUPP, Errno.ENOMEM],
            Needs = [ObjectNeeds.Viommu],
            Fill = static (draft, random) =>
            {
                draft.Set("viommu_id", ObjectKind.Viommu);
                draft.Set("dev_id", draft.Id(ObjectKind.Device, ViommuTopics.IsMock));
                draft.Set("virt_id", VirtualId(random));
            },
            Next = static (made, state) =>
                made is null ? null
                : state.Random.Below(2) == 0 ? HwptAllocTopics.Alloc
                : VeventqTopics.Alloc,
            Races =
            [
                new(ObjectKind.Vdevice, InvalidateTopics.Invalidate, null),
                new(ObjectKind.Vdevice, SelftestTopics.TriggerVevent, null),
                new(ObjectKind.Vdevice, Alloc, null),
            ],
            Race = RaceOnNumber,
            Expect = Expect,
            Make = Make,
        },
    ];

    /// <summary>Few, so that two devices meet; now and then one that the event's field cannot hold.</summary>
    public static ulong VirtualId(SplitMix random) => random.OneIn(12) ? Numbers.Boundary(random) : 1 + random.Below(2);

    /// <summary>A number of a guest that is used at the moment when a device gets it.</summary>
    private static ImmutableArray<Call>? RaceOnNumber(int label, IoctlGenerator ioctls)
    {
        if (ioctls.State.NewestOf(ObjectKind.Viommu) is not { } viommu)
            return null;
        var number = CallValue.Of(3);
        var one = ioctls.Naming(Alloc, label, viommu);
        var other = ioctls.Naming(InvalidateTopics.Invalidate, label + 1, viommu);
        return
        [
            one.With("virt_id", number),
            other with
            {
                Fields = [.. other.Fields.Select(f => f with { Value = Using(f.Value, number) })],
            },
        ];
    }

    /// <summary>Memory whose entries name the number; any other value as it is.</summary>
    private static CallValue Using(CallValue value, CallValue number)
    {
        if (value.Memory is not { } memory)
            return value;
        var entries = memory.Entries.Select(fields =>
            fields.Select(f => f.Name == "vdev_id" ? f with { Value = number } : f).ToImmutableArray()
        );
        return value with { Memory = memory with { Entries = [.. entries] } };
    }

    private static Expectation Expect(in IoctlMade call)
    {
        if (call.Find("viommu_id") is not { Kind: ObjectKind.Viommu } viommu)
            return Expectation.Of(Errno.ENOENT, "there is no such vIOMMU");
        if (call.Device("dev_id") is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (device.Driver != viommu.Driver)
            return Expectation.Of(Errno.EINVAL, "the device is behind another IOMMU");
        // Whether it is behind the same one of the driver's its options say.
        if (device.Driver == ViommuTopics.SmmuV3)
            return Expectation.None;
        if (device.Vdevice is not null)
            return Expectation.Of(Errno.EEXIST, "the device has a vDEVICE");
        return call.Context.Find(ObjectKind.Vdevice, viommu, call.Wide("virt_id")) is null
            ? Expectation.None // The driver may contradict itself.
            : Expectation.Of(Errno.EEXIST, "the number is taken");
    }

    private static ModelObject Make(in IoctlMade call)
    {
        var device = call.Find("dev_id");
        var vdevice = new ModelObject(ObjectKind.Vdevice, call.Returned("vdevice"))
        {
            Below = call.Find("viommu_id"),
            Of = device,
            Number = call.Wide("virt_id"),
        };
        if (device is not null)
            device.Vdevice = vdevice;
        return vdevice;
    }
}
