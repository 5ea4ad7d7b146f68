using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>vIOMMUs, of 7.3: of the mock and, more seldom, of SMMUv3.</summary>
internal static class ViommuTopics
{
    public const string Alloc = "IOMMU_VIOMMU_ALLOC";

    /// <summary>What such a vIOMMU needs depends on the device's options.</summary>
    public const string SmmuV3 = "arm-smmuv3";

    /// <summary>Whose vIOMMUs are of any type and can nothing.</summary>
    private const string Amd = "amd";

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Weight = 6,
            Needs = [ObjectNeeds.MockParent],
            Fill = Fill,
            Next = After,
            Course = GoOn,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EINVAL, Errno.ENOMEM],
            Races =
            [
                new(ObjectKind.Viommu, VdeviceTopics.Alloc, InvalidateTopics.Invalidate),
                new(ObjectKind.Viommu, VdeviceTopics.Alloc, SelftestTopics.TriggerVevent),
                new(ObjectKind.Viommu, VdeviceTopics.Alloc, null),
                new(ObjectKind.Viommu, VeventqTopics.Alloc, SelftestTopics.TriggerVevent),
                new(ObjectKind.Viommu, HwptAllocTopics.Alloc, null),
            ],
            Expect = Expect,
            Make = static (in call) =>
                new ModelObject(ObjectKind.Viommu, call.Returned("viommu"))
                {
                    Below = call.Find("hwpt_id"),
                    Driver = call.Device("dev_id")?.Driver ?? "mock",
                },
        },
    ];

    public static bool IsMock(KnownObject known) => known.Driver == "mock";

    private static void Fill(FieldDraft draft, SplitMix random)
    {
        if (random.OneIn(4) && draft.Pick(ObjectKind.Device, static known => known.Driver == SmmuV3) is { } smmu)
        {
            draft.Set("dev_id", smmu.Value);
            draft.Set("hwpt_id", draft.Id(ObjectKind.Paging, static r => r is { IsParent: true, Driver: SmmuV3 }));
            draft.Set("type", Numbers.TypeOr(ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3, random));
            return;
        }

        draft.Set("dev_id", draft.Id(ObjectKind.Device, IsMock));
        draft.Set("hwpt_id", draft.Id(ObjectKind.Paging, static r => r.IsParent && IsMock(r)));
        draft.Set("type", Numbers.TypeOr(ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST, random));
        if (random.Below(3) != 0)
            return;
        var data = MemorySpec.Structs<ViommuSelftest>(1, () => [("in_data", 0xabcd)]);
        draft.Set("data_uptr", CallValue.At(data));
        draft.Set("data_len", Numbers.LengthOf(data, random));
    }

    private static bool HasType(string driver, uint type) =>
        driver switch
        {
            "mock" => type == ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST,
            SmmuV3 => type
                is ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3
                    or ViommuConstants.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV,
            Amd => true,
            _ => false,
        };

    private static string? After(KnownObject? made, DrawState state) =>
        made is null
            ? null
            : state.Random.Below(5) switch
            {
                0 => VeventqTopics.Alloc,
                1 => HwptAllocTopics.Alloc,
                2 => MappingTopics.Map,
                _ => VdeviceTopics.Alloc,
            };

    /// <summary>
    /// The course of a program with a vIOMMU: a vDEVICE, a hwpt on the vIOMMU, the device behind it, a queue, and
    /// then events. Draws what is missing, so that sequences get to the end of it.
    /// </summary>
    public static Call? GoOn(int label, IoctlGenerator ioctls)
    {
        if (ioctls.State.NewestOf(ObjectKind.Viommu) is not { } viommu)
            return null;
        if (ioctls.State.NewestOf(ObjectKind.Vdevice, viommu) is not { } vdevice)
            return ioctls.Naming(VdeviceTopics.Alloc, label, viommu);
        if (ioctls.State.NewestOf(ObjectKind.Nested, viommu) is not { } nested)
        {
            var alloc = ioctls.Naming(HwptAllocTopics.Alloc, label, viommu);
            return alloc.With("dev_id", vdevice.Of);
        }

        if (ioctls.State.TargetOf(vdevice.Of.Label) != nested.Value)
            return Move(label, vdevice.Of, nested, ioctls);
        if (ioctls.State.NewestOf(ObjectKind.Veventq, viommu) is null)
            return ioctls.Naming(VeventqTopics.Alloc, label, viommu);
        var trigger = ioctls.Of(SelftestTopics.TriggerVevent, label, viommu.File);
        return trigger.With("dev_id", vdevice.Of);
    }

    private static Call Move(int label, CallValue device, KnownObject nested, IoctlGenerator ioctls)
    {
        foreach (var (bound, _, _, attached) in ioctls.State.Bound)
        {
            if (bound == device.Label && device.Member == "idev")
                return Call.OnDevice(label, attached ? CallKind.Replace : CallKind.Attach, bound, nested.Value);
        }

        var move = ioctls.Of(MockDeviceTopics.Move, label, nested.File);
        return move.With("pt_id", nested.Value).With("id", CallValue.Result(device.Label, "stdev"));
    }

    private static Expectation Expect(in IoctlMade call)
    {
        if (call.Field("flags") != 0 || call.Field("type") == 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags, and DEFAULT is no type");
        if (call.Device("dev_id") is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (!HasType(device.Driver, (uint)call.Field("type")))
            return Expectation.Of(Errno.EOPNOTSUPP, "the driver has no such vIOMMU");
        if (device.Driver is SmmuV3 or Amd)
            return Expectation.None;
        if (call.Find("hwpt_id") is not { Kind: ObjectKind.Paging } hwpt)
            return Expectation.Of(Errno.ENOENT, "there is no such paging hwpt");
        if (!hwpt.IsParent || hwpt.Driver != device.Driver)
            return Expectation.Of(Errno.EINVAL, "the hwpt is no nesting parent of that driver");
        return call.Field("data_len") == 0 ? Expectation.Of(Errno.OK, "nothing is wrong with it") : Expectation.None;
    }
}
