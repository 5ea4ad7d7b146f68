using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>Draws what the test operations from 6.12 on say of mock devices.</summary>
internal static class SelftestGenerator
{
    /// <summary>PASIDs, few so that calls meet; the last is the first that the mock has not.</summary>
    private static readonly ulong[] s_pasids = [1, 1, 1, 2, 2, 3, 0, 1024, 1UL << 20];

    /// <summary>Whether the operation is one of these; false leaves the fields alone.</summary>
    public static bool Fill(FieldDraft draft, ref SplitMix random)
    {
        switch (draft.Plan.Verb)
        {
            case "IOMMU_TEST_OP_TRIGGER_IOPF":
                draft.Set("dev_id", MockDevice(draft, ref random));
                draft.Set("pasid", random.Below(6) == 0 ? Numbers.Pick(s_pasids, ref random) : 0);
                draft.Set("grpid", random.Below(4));
                draft.Set("perm", random.Below(16));
                draft.Set("addr", MappingGenerator.Iova(ref random));
                return true;
            case "IOMMU_TEST_OP_TRIGGER_VEVENT":
                draft.Set("dev_id", MockDevice(draft, ref random));
                return true;
            case "IOMMU_TEST_OP_DEV_CHECK_CACHE":
                draft.Set("id", MockDevice(draft, ref random));
                draft.Set("cache_id", random.Below(5));
                draft.Set("cache", random.Below(2) == 0 ? SelftestConstants.IOMMU_TEST_DEV_CACHE_DEFAULT : 0);
                return true;
            case "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS":
                draft.Set("id", Target(draft, ref random));
                draft.Set(
                    "dev_flags",
                    Numbers.OneIn(8, ref random)
                        ? Numbers.Boundary(ref random) & uint.MaxValue
                        : 1u << (int)random.Below(3)
                );
                return true;
            case "IOMMU_TEST_OP_PASID_ATTACH" or "IOMMU_TEST_OP_PASID_REPLACE":
                draft.Set("id", draft.Id(ResourceKind.Stdev, ref random));
                draft.Set("pasid", Numbers.Pick(s_pasids, ref random));
                draft.Set("pt_id", Target(draft, ref random));
                return true;
            case "IOMMU_TEST_OP_PASID_DETACH":
                draft.Set("id", draft.Id(ResourceKind.Stdev, ref random));
                draft.Set("pasid", Numbers.Pick(s_pasids, ref random));
                return true;
            case "IOMMU_TEST_OP_PASID_CHECK_HWPT":
                draft.Set("id", draft.Id(ResourceKind.Stdev, ref random));
                draft.Set("pasid", Numbers.Pick(s_pasids, ref random));
                if (random.Below(2) == 0)
                    draft.Set("hwpt_id", draft.Id(ResourceKind.Paging, ref random));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Mostly the device that the last call has moved: it has something to tell.</summary>
    private static CallValue MockDevice(FieldDraft draft, ref SplitMix random)
    {
        var moved = draft.Known.Last switch
        {
            { Kind: CallKind.Attach or CallKind.Replace } last => last.Bound,
            { Verb: "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE", Fields: [var device, ..] } => device.Value.Label,
            _ => 0,
        };
        return moved != 0 && !Numbers.OneIn(8, ref random)
            ? CallValue.Result(moved, "idev")
            : draft.Id(ResourceKind.Device, HwptGenerator.IsMock, ref random);
    }

    private static CallValue Target(FieldDraft draft, ref SplitMix random)
    {
        var kind = random.Below(6) switch
        {
            < 2 => ResourceKind.Ioas,
            2 => ResourceKind.Nested,
            _ => ResourceKind.Paging,
        };
        return draft.Id(kind, HwptGenerator.IsMock, ref random);
    }
}
