using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>What only devices without an IOMMU have: a kernel with CONFIG_IOMMUFD_NOIOMMU.</summary>
internal static class NoIommuTopics
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>A device of the machine that has no IOMMU.</summary>
    private static readonly Need s_device = Need.Of(ObjectKind.Device, IsWithout, Bind);

    /// <summary>A hwpt of such a device.</summary>
    private static readonly Need s_hwpt = Need.Of(ObjectKind.Paging, IsWithout, AllocHwpt) with { Needs = [s_device] };

    /// <summary>Something that such a hwpt translates.</summary>
    private static readonly Need s_mapped = new(
        static (state, file) => state.Areas.Exists(area => IsUnder(area, file, state)),
        Map
    )
    {
        Needs = [s_hwpt],
    };

    public static IoctlTopic GetPa { get; } =
        new("IOMMU_IOAS_NOIOMMU_GET_PA")
        {
            Weight = 1,
            Needs = [s_mapped],
            Fill = Fill,
            Written = ["length", "out_phys"],
            Errnos = [Errno.EOPNOTSUPP, Errno.EOVERFLOW, Errno.ENOENT],
            Mapping = PhysicalRule.Row,
        };

    private static void Fill(FieldDraft draft, SplitMix random)
    {
        var area = draft.PickArea(known => IsUnder(known, draft.File, draft.State)) ?? draft.PickArea();
        draft.SetIds();
        if (area is { } known && !random.OneIn(12))
            draft.Set("ioas_id", known.Ioas);
        draft.Set(
            "iova",
            random.Below(16) switch
            {
                0 => ulong.MaxValue,
                < 4 => MappingTopics.Iova(random),
                < 8 => (area?.Iova ?? 0) + random.Below((uint)PageSize),
                _ => area?.Iova ?? 0,
            }
        );
        draft.Set("length", random.OneIn(12) ? 0 : MappingTopics.Length(random));
    }

    private static bool IsWithout(KnownObject known, DrawState state) => state.Target.IsNoIommu(known.Driver);

    private static bool IsUnder(KnownArea area, int file, DrawState state) =>
        area.File == file
        && state.All.Any(o => DrawState.Fits(o, ObjectKind.Paging, file) && o.On == area.Ioas && IsWithout(o, state));

    private static Call? Bind(int label, int file, IoctlGenerator ioctls) =>
        ObjectNeeds.Bind(label, file, ioctls.State, static (device, state) => state.Target.IsNoIommu(device.Driver));

    private static Call? AllocHwpt(int label, int file, IoctlGenerator ioctls) =>
        ioctls.IfAny(
            HwptAllocTopics.Alloc,
            label,
            file,
            static (draft, _) =>
            {
                draft.Set("dev_id", draft.Id(ObjectKind.Device, known => IsWithout(known, draft.State)));
                draft.Set("pt_id", ObjectKind.Ioas);
            }
        );

    private static Call? Map(int label, int file, IoctlGenerator ioctls)
    {
        var state = ioctls.State;
        if (state.Pick(ObjectKind.Paging, file, o => IsWithout(o, state)) is not { } hwpt)
            return null;
        return ioctls
            .IfAny(MappingTopics.Map, label, file)
            ?.With("ioas_id", hwpt.On)
            .With("user_va", CallValue.At(MemorySpec.Plain(4 * PageSize, 5)))
            .With("length", CallValue.Of((1 + state.Random.Below(4)) * PageSize));
    }
}
