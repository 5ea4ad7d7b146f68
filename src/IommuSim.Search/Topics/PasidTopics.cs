using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Topics;

/// <summary>PASIDs of mock devices, of 7.3.</summary>
internal static class PasidTopics
{
    public const string Attach = "IOMMU_TEST_OP_PASID_ATTACH";
    public const string Replace = "IOMMU_TEST_OP_PASID_REPLACE";
    public const string Detach = "IOMMU_TEST_OP_PASID_DETACH";

    /// <summary>Few, so that calls meet; the mock refuses some attaches by 1024, and has none from 2^20 on.</summary>
    private static readonly ulong[] s_pasids = [1, 1, 1, 1, 2, 2, 2, 3, 3, 0, 1024, 1024, 1UL << 20];

    public static IoctlTopic[] All { get; } =
    [
        new(Attach)
        {
            Weight = 6,
            Needs = [AttachNeeds.PasidDevice],
            Fill = FillAttach,
            Written = ["pt_id"],
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EBUSY, Errno.ENOMEM],
            Next = static (_, state) =>
                state.Random.Below(4) switch
                {
                    0 => SelftestTopics.TriggerIopf,
                    1 => Replace,
                    2 => Attach,
                    _ => null,
                },
            Note = static (call, state) =>
            {
                if (call.FieldOf("pasid").Number is not 0 and var pasid)
                    state.Pasids.Add((call.FieldOf("id"), pasid, call.FieldOf("pt_id")));
                else
                    state.Move(call.FieldOf("id").Label, call.FieldOf("pt_id"));
            },
            Expect = PasidModel.ExpectAttach,
            Apply = PasidModel.Attach,
            Failed = PasidModel.Failed,
            FeignsNoMemory = true,
        },
        new(Replace)
        {
            Weight = 5,
            Needs = [AttachNeeds.AttachedPasid],
            Fill = static (draft, random) =>
            {
                FillAttached(draft, random);
                draft.Set("pt_id", Target(draft, random));
            },
            Written = ["pt_id"],
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.ENOMEM],
            SucceedsUntold = true,
            Note = static (call, state) =>
            {
                var (stdev, pasid) = (call.FieldOf("id"), call.FieldOf("pasid").Number);
                state.Pasids.RemoveAll(p => p.Stdev == stdev && p.Pasid == pasid);
                if (pasid != 0)
                    state.Pasids.Add((stdev, pasid, call.FieldOf("pt_id")));
                else
                    state.Move(stdev.Label, call.FieldOf("pt_id"));
            },
            Expect = PasidModel.ExpectReplace,
            Apply = PasidModel.Replace,
            Failed = PasidModel.Failed,
            FeignsNoMemory = true,
            Remains = [Remainder.Untold("the PASID has moved when the answer is copied")],
        },
        new(Detach)
        {
            Weight = 4,
            Needs = [AttachNeeds.AttachedPasid],
            Fill = FillAttached,
            Errnos = [Errno.ENOENT],
            Note = static (call, state) =>
            {
                var (stdev, pasid) = (call.FieldOf("id"), call.FieldOf("pasid").Number);
                state.Pasids.RemoveAll(p => p.Stdev == stdev && p.Pasid == pasid);
                if (pasid == 0)
                    state.Move(stdev.Label, default);
            },
            Expect = PasidModel.ExpectDetach,
            Apply = PasidModel.Detach,
        },
        new("IOMMU_TEST_OP_PASID_CHECK_HWPT")
        {
            Needs = [AttachNeeds.AttachedPasid],
            Fill = FillCheck,
            Errnos = [Errno.ENOENT, Errno.EINVAL],
            Expect = PasidModel.ExpectCheck,
        },
    ];

    public static ulong Pasid(SplitMix random) => random.Pick(s_pasids);

    private static void FillAttach(FieldDraft draft, SplitMix random)
    {
        var stdev = draft.Pick(ObjectKind.Stdev, known => AttachNeeds.IsPasidDevice(known, draft.State));
        draft.Set("id", stdev is null || random.OneIn(16) ? draft.Id(ObjectKind.Stdev) : stdev.Value);
        draft.Set("pasid", Pasid(random));
        draft.Set("pt_id", Target(draft, random));
    }

    /// <summary>Mostly a PASID by which something is attached.</summary>
    private static CallValue FillAttachedBy(FieldDraft draft, SplitMix random)
    {
        var pasids = draft.State.Pasids;
        var isKnown = pasids.Count > 0 && !random.OneIn(8);
        var (stdev, pasid, hwpt) = isKnown ? random.Pick(pasids) : (draft.Id(ObjectKind.Stdev), Pasid(random), default);
        draft.Set("id", stdev);
        draft.Set("pasid", random.OneIn(12) ? Pasid(random) : pasid);
        return hwpt;
    }

    private static void FillAttached(FieldDraft draft, SplitMix random) => FillAttachedBy(draft, random);

    private static void FillCheck(FieldDraft draft, SplitMix random)
    {
        var hwpt = FillAttachedBy(draft, random);
        switch (random.Below(8))
        {
            case 0:
                draft.Set("hwpt_id", ObjectKind.Paging);
                break;
            case > 1:
                draft.Set("hwpt_id", hwpt);
                break;
        }
    }

    private static CallValue Target(FieldDraft draft, SplitMix random) =>
        random.OneIn(6) ? SelftestTopics.Target(draft, random) : draft.Id(ObjectKind.Paging, AttachNeeds.IsPasidHwpt);
}
