using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// Draws what the mapping ioctls say besides ids: few addresses, so that calls meet each other's areas.
/// </summary>
internal static class MappingGenerator
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>Where the mock's aperture begins; other domains translate it too.</summary>
    private const ulong Base = 1UL << 24;

    /// <summary>Whether the ioctl is one of these; false leaves the fields alone.</summary>
    public static bool Fill(FieldDraft draft, ref SplitMix random)
    {
        switch (draft.Plan.Verb)
        {
            case "IOMMU_IOAS_MAP":
                draft.Set("flags", Flags(ref random));
                draft.Set("user_va", Memory(ref random));
                draft.Set("length", Length(ref random));
                draft.Set("iova", Iova(ref random));
                return true;
            case "IOMMU_IOAS_UNMAP":
                var isAll = Numbers.OneIn(8, ref random);
                draft.Set("iova", isAll ? 0 : Iova(ref random));
                draft.Set("length", isAll ? ulong.MaxValue : Length(ref random));
                return true;
            case "IOMMU_IOAS_COPY":
                draft.Set("flags", Flags(ref random));
                draft.Set("length", Length(ref random));
                draft.Set("src_iova", Iova(ref random));
                draft.Set("dst_iova", Iova(ref random));
                return true;
            case "IOMMU_IOAS_ALLOW_IOVAS":
                Allow(draft, ref random);
                return true;
            case "IOMMU_OPTION":
                draft.Set("option_id", Numbers.OneIn(6, ref random) ? 0u : 1);
                draft.Set("op", Numbers.OneIn(6, ref random) ? 1u : 0);
                draft.Set("val64", random.Below(2));
                return true;
            default:
                return false;
        }
    }

    private static void Allow(FieldDraft draft, ref SplitMix random)
    {
        var count = (int)random.Below(3);
        var entries = ImmutableArray.CreateBuilder<ImmutableArray<FieldSetting>>();
        for (var i = 0; i < count; i++)
        {
            var start = Iova(ref random);
            entries.Add([
                new FieldSetting("start", CallValue.Of(start)),
                new FieldSetting("last", CallValue.Of(start + (PageSize * 16) - 1)),
            ]);
        }

        var layout = StructLayoutTable.Of(typeof(IovaRange));
        var memory = new MemorySpec(layout, entries.ToImmutable(), 0, 0, PageAccess.ReadWrite);
        draft.Set("num_iovas", (ulong)count);
        if (count > 0)
            draft.Set("allowed_iovas", CallValue.At(memory));
    }

    private static uint Flags(ref SplitMix random) =>
        random.Below(8) switch
        {
            0 => IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA,
            1 => IoasMapFlags.IOMMU_IOAS_MAP_READABLE,
            2 or 3 => IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE,
            _ => IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA
                | IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE
                | IoasMapFlags.IOMMU_IOAS_MAP_READABLE,
        };

    /// <summary>Pages that are there, too few, not writable, or none.</summary>
    private static CallValue Memory(ref SplitMix random) =>
        random.Below(8) switch
        {
            0 => CallValue.Of(Numbers.Boundary(ref random)),
            1 => CallValue.At(MemorySpec.Plain(PageSize, 0, PageAccess.ReadOnly)),
            2 => CallValue.At(MemorySpec.Plain(PageSize)),
            _ => CallValue.At(MemorySpec.Plain(4 * PageSize)),
        };

    internal static ulong Length(ref SplitMix random) =>
        random.Below(8) switch
        {
            0 => PageSize / 2,
            1 => Numbers.Near(PageSize, ref random),
            2 or 3 => 2 * PageSize,
            _ => PageSize,
        };

    internal static ulong Iova(ref SplitMix random) =>
        random.Below(12) switch
        {
            0 => 0 - (PageSize * (1 + random.Below(2))),
            1 => PageSize * random.Below(3),
            2 => Base + (PageSize / 2),
            _ => Base + (PageSize * random.Below(4)),
        };
}
