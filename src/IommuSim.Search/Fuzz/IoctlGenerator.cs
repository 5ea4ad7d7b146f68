using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>Draws ioctls: every field by what its name means in any kernel.</summary>
internal sealed class IoctlGenerator(FuzzTarget target)
{
    /// <summary>C's IOMMU_HW_INFO_FLAG_INPUT_TYPE.</summary>
    private const uint InputType = 1u << 0;

    private readonly HwptGenerator _hwpts = new(target);

    public Call Of(string verb, int label, int file, ResourceTable known, ref SplitMix random)
    {
        var plan = target.Plans[verb];
        var draft = new FieldDraft(plan, file, known);
        if (verb == "IOMMU_HWPT_ALLOC")
            _hwpts.FillAlloc(draft, ref random);
        else if (verb == "IOMMU_HWPT_INVALIDATE")
            _hwpts.FillInvalidate(draft, ref random);
        else if (!GuestGenerator.Fill(draft, ref random) && !SelftestGenerator.Fill(draft, ref random))
            FillPlain(draft, ref random);
        Spoil(draft, ref random);
        var call = new Call(label, CallKind.Ioctl, verb) { File = file, Fields = draft.Fields };
        return Numbers.OneIn(16, ref random) ? Misplace(call, plan, ref random) : call;
    }

    private void FillPlain(FieldDraft draft, ref SplitMix random)
    {
        foreach (var field in draft.Plan.Layout.Fields)
        {
            var kind = field.CName switch
            {
                "dev_id" => ResourceKind.Device,
                "ioas_id" or "src_ioas_id" or "dst_ioas_id" or "object_id" => ResourceKind.Ioas,
                "hwpt_id" => ResourceKind.Paging,
                "pt_id" => random.Below(2) == 0 ? ResourceKind.Paging : ResourceKind.Ioas,
                "id" => KindOfId(draft.Plan.Verb, ref random),
                _ => (ResourceKind?)null,
            };
            if (kind is { } wanted)
                draft.Set(field.CName, draft.Id(wanted, ref random));
        }

        if (!MappingGenerator.Fill(draft, ref random))
            BufferGenerator.Fill(draft, ref random);
        if (draft.Has("in_data_type") && random.Below(3) == 0)
        {
            draft.Set("flags", InputType);
            draft.Set("in_data_type", Numbers.Type(ref random));
        }
    }

    private ResourceKind KindOfId(string verb, ref SplitMix random) =>
        verb switch
        {
            "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE" => ResourceKind.Stdev,
            "IOMMU_TEST_OP_MOCK_DOMAIN" => random.Below(3) == 0 ? ResourceKind.Paging : ResourceKind.Ioas,
            "IOMMU_TEST_OP_MD_CHECK_IOTLB" => ResourceKind.Nested,
            "IOMMU_TEST_OP_MD_CHECK_MAP" => ResourceKind.Paging,
            "IOMMU_DESTROY" => (ResourceKind)random.Below(target.HasViommus ? 10u : 6u),
            _ => ResourceKind.Ioas,
        };

    /// <summary>Gives a field a number that it should not have.</summary>
    private static void Spoil(FieldDraft draft, ref SplitMix random)
    {
        if (!Numbers.OneIn(12, ref random))
            return;
        var all = draft.Plan.Layout.Fields;
        var field = all[1 + (int)random.Below((uint)all.Count - 1)];
        if (!field.IsScalar || field.CName is "op" || IsId(field.CName))
            return;
        var value = Numbers.Boundary(ref random) & DataGenerator.MaskOf(field.Size);
        draft.Overwrite(field.CName, CallValue.Of(value));
    }

    private static Call Misplace(Call call, IoctlPlan plan, ref SplitMix random)
    {
        var min = plan.IsTestOp ? plan.Size - 4 : plan.Layout.MinSize;
        return random.Below(12) switch
        {
            0 => call with { Place = StructPlace.Null },
            1 => call with { Place = StructPlace.Unmapped },
            2 or 3 or 4 => call with { Place = StructPlace.ReadOnly },
            5 => call with { Size = (ulong)min - 1 },
            6 => call with { Size = (ulong)min },
            7 => call with { Size = 0 },
            8 => call with { Tail = 1 },
            9 => call with { Tail = 0 },
            10 => call with { Size = (ulong)random.Below((uint)plan.Size + 2) },
            _ => call with { Size = 65536 },
        };
    }

    private static bool IsId(string field) => field.EndsWith("_id", StringComparison.Ordinal) || field == "id";
}
