using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Topics;

/// <summary>PASIDs of mock devices, of 7.3.</summary>
internal static class PasidTopics
{
    /// <summary>Few, so that calls meet; the last is the first that the mock has not.</summary>
    private static readonly ulong[] s_pasids = [1, 1, 1, 2, 2, 3, 0, 1024, 1UL << 20];

    public static IoctlTopic[] All { get; } =
    [
        new("IOMMU_TEST_OP_PASID_ATTACH")
        {
            Fill = FillMove,
            Written = ["pt_id"],
            Expect = PasidModel.ExpectAttach,
            Apply = PasidModel.Attach,
            Failed = PasidModel.Failed,
            FeignsNoMemory = true,
        },
        new("IOMMU_TEST_OP_PASID_REPLACE")
        {
            Fill = FillMove,
            Written = ["pt_id"],
            SucceedsUntold = true,
            Expect = PasidModel.ExpectReplace,
            Apply = PasidModel.Replace,
            Failed = PasidModel.Failed,
            FeignsNoMemory = true,
            Remains = [Remainder.Untold("the PASID has moved when the answer is copied")],
        },
        new("IOMMU_TEST_OP_PASID_DETACH")
        {
            Fill = FillPasid,
            Expect = PasidModel.ExpectDetach,
            Apply = PasidModel.Detach,
        },
        new("IOMMU_TEST_OP_PASID_CHECK_HWPT")
        {
            Fill = static (draft, random) =>
            {
                FillPasid(draft, random);
                if (random.Below(2) == 0)
                    draft.Set("hwpt_id", ObjectKind.Paging);
            },
            Expect = PasidModel.ExpectCheck,
        },
    ];

    public static ulong Pasid(SplitMix random) => random.Pick(s_pasids);

    private static void FillPasid(FieldDraft draft, SplitMix random)
    {
        draft.Set("id", ObjectKind.Stdev);
        draft.Set("pasid", Pasid(random));
    }

    private static void FillMove(FieldDraft draft, SplitMix random)
    {
        FillPasid(draft, random);
        draft.Set("pt_id", SelftestTopics.Target(draft, random));
    }
}
