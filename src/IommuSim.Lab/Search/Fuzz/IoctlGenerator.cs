using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernel.Memory;
using IommuSim.Uapi;

namespace IommuSim.Lab.Search.Fuzz;

/// <summary>Draws ioctls: every field by what its name means in any kernel.</summary>
internal sealed class IoctlGenerator(FuzzTarget target)
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;

    private readonly DataGenerator _data = new(target);

    public DataGenerator Data => _data;

    public Call Of(string verb, int label, int file, ResourceTable known, ref SplitMix random)
    {
        var plan = target.Plans[verb];
        var fields = ImmutableArray.CreateBuilder<FieldSetting>();
        if (verb == "IOMMU_HWPT_ALLOC")
            FillAlloc(plan, file, known, fields, ref random);
        else if (verb == "IOMMU_HWPT_INVALIDATE")
            FillInvalidate(plan, file, known, fields, ref random);
        else
            FillPlain(plan, file, known, fields, ref random);
        Spoil(plan, fields, ref random);
        var call = new Call(label, CallKind.Ioctl, verb)
        {
            File = file,
            Fields = fields.ToImmutable(),
        };
        return Numbers.OneIn(16, ref random) ? Misplace(call, plan, ref random) : call;
    }

    /// <summary>An id of the kind, with the odds of a wrong one.</summary>
    public CallValue Id(ResourceKind kind, int file, ResourceTable known, ref SplitMix random)
    {
        switch (random.Below(24))
        {
            case 0:
                return CallValue.Of(Numbers.Id(ref random));
            case 1:
                return known.PickAny(ref random)?.Value ?? CallValue.Of(0);
            default:
                var found = known.Pick(kind, file, ref random);
                if (found is null && kind is ResourceKind.Nested or ResourceKind.Paging)
                    found = known.Pick(ResourceKind.Paging, file, ref random);
                found ??= known.Pick(ResourceKind.Ioas, file, ref random);
                return found?.Value ?? known.PickAny(ref random)?.Value ?? CallValue.Of(1);
        }
    }

    private void FillAlloc(
        IoctlPlan plan,
        int file,
        ResourceTable known,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        var device = known.Pick(ResourceKind.Device, file, ref random);
        var nests = plan.Fields.ContainsKey("data_type") || plan.Fields.ContainsKey("hwpt_type");
        var parent =
            nests && random.Below(2) == 0
                ? known.Pick(ResourceKind.Paging, file, ref random)
                : null;
        Set(
            plan,
            fields,
            "dev_id",
            device?.Value ?? Id(ResourceKind.Device, file, known, ref random)
        );
        Set(
            plan,
            fields,
            "pt_id",
            parent is not null && !Numbers.OneIn(12, ref random)
                ? parent.Value
                : Id(ResourceKind.Ioas, file, known, ref random)
        );
        if (!nests)
            return;
        if (parent is null)
        {
            var flags = random.Below(8) switch
            {
                < 5 => NestParent,
                5 => HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
                _ => 0u,
            };
            if (HasFlags)
                Set(plan, fields, "flags", CallValue.Of(flags));
            FillParentData(plan, device, fields, ref random);
            return;
        }

        var type = TypeFor(device, isAlloc: true, ref random);
        FillData(plan, type, isAlloc: true, isParent: false, fields, ref random);
    }

    /// <summary>Whether HWPT_ALLOC has flags in this kernel; earlier ones refuse any.</summary>
    private bool HasFlags => target.Spec.UserData >= UserDataConvention.UserPointer;

    /// <summary>Until v3 a paging hwpt has a type as well, and what some can be a parent of depends on it.</summary>
    private void FillParentData(
        IoctlPlan plan,
        Resource? device,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        if (random.Below(3) == 0)
            return;
        var type = TypeFor(device, isAlloc: true, ref random);
        if (
            _data.WellFormed(type, isAlloc: true, isParent: true) is not { } memory
            || !IsStage(memory)
        )
        {
            if (random.Below(3) != 0)
                return;
        }

        FillData(plan, type, isAlloc: true, isParent: true, fields, ref random);
    }

    /// <summary>Whether the data can ask for a page table that others are nested on.</summary>
    private static bool IsStage(MemorySpec memory) => memory.Layout?.Find("s2vmid") is not null;

    private void FillInvalidate(
        IoctlPlan plan,
        int file,
        ResourceTable known,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        var hwpt = known.Pick(ResourceKind.Nested, file, ref random);
        var id = hwpt?.Value ?? Id(ResourceKind.Nested, file, known, ref random);
        Set(plan, fields, "hwpt_id", id);
        var type = TypeFor(hwpt, isAlloc: false, ref random);
        FillData(plan, type, isAlloc: false, isParent: false, fields, ref random);
    }

    private uint TypeFor(Resource? of, bool isAlloc, ref SplitMix random)
    {
        var own = of is null ? null : target.Spec.Drivers.FirstOrDefault(d => d.Name == of.Driver);
        var at = random.Below(10);
        if (at < 7 && own is not null)
        {
            foreach (var row in own.Ops.HwptTypes)
            {
                if ((isAlloc ? row.AllocSize : row.InvalidateSize) > 0)
                    return row.Type;
            }
        }

        return at < 9 && _data.Types.Length > 0
            ? _data.Types[(int)random.Below((uint)_data.Types.Length)]
            : (uint)Numbers.Type(ref random);
    }

    private void FillData(
        IoctlPlan plan,
        uint type,
        bool isAlloc,
        bool isParent,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        var memory = _data.Draw(type, isAlloc, isParent, ref random);
        var told = !isAlloc && plan.Fields.ContainsKey("entry_len") ? InvalidationOf(type) : type;
        if (Numbers.OneIn(16, ref random))
            told = (uint)Numbers.Type(ref random);
        SetFirst(plan, fields, CallValue.Of(told), "data_type", "hwpt_type");
        SetFirst(plan, fields, CallValue.At(memory), "data_uptr", "data_ptr", "reqs_uptr");
        var right = _data.Layout(type, isAlloc)?.Size ?? 0;
        var length = Numbers.OneIn(8, ref random)
            ? Numbers.Near((ulong)right, ref random)
            : (ulong)right;
        SetFirst(
            plan,
            fields,
            CallValue.Of(length & uint.MaxValue),
            "data_len",
            "entry_len",
            "req_len"
        );
        var count = random.Below(16) switch
        {
            0 => Numbers.Boundary(ref random),
            1 => 0ul,
            2 => 2ul,
            _ => 1ul,
        };
        SetFirst(plan, fields, CallValue.Of(count & uint.MaxValue), "entry_num", "req_num");
        if (Numbers.OneIn(24, ref random))
            MakeHuge(plan, fields, ref random);
    }

    /// <summary>As much data as the fields can say, and memory behind all of it.</summary>
    private static void MakeHuge(
        IoctlPlan plan,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        var isLong = random.Below(2) == 0;
        for (var i = 0; i < fields.Count; i++)
        {
            ulong? number = fields[i].Name switch
            {
                "data_len" or "entry_len" or "req_len" when isLong => 0xffffffff,
                "entry_num" or "req_num" when !isLong => 0x110000u << (int)random.Below(4),
                _ => null,
            };
            if (fields[i].Value.Memory is not null)
                fields[i] = fields[i] with
                {
                    Value = CallValue.At(MemorySpec.Plain(SearchMemory.Largest)),
                };
            else if (number is { } huge)
                fields[i] = fields[i] with { Value = CallValue.Of(huge) };
        }
    }

    /// <summary>As merged, invalidation has types of its own.</summary>
    private static uint InvalidationOf(uint type) =>
        type switch
        {
            HwptType.IOMMU_HWPT_DATA_VTD_S1 => HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1,
            HwptType.IOMMU_HWPT_DATA_SELFTEST =>
                HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST,
            _ => type,
        };

    private void FillPlain(
        IoctlPlan plan,
        int file,
        ResourceTable known,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        foreach (var field in plan.Layout.Fields)
        {
            var kind = field.CName switch
            {
                "dev_id" => ResourceKind.Device,
                "ioas_id" or "src_ioas_id" or "dst_ioas_id" or "object_id" => ResourceKind.Ioas,
                "hwpt_id" => ResourceKind.Paging,
                "pt_id" => random.Below(2) == 0 ? ResourceKind.Paging : ResourceKind.Ioas,
                "id" => KindOfId(plan.Verb, ref random),
                _ => (ResourceKind?)null,
            };
            if (kind is { } wanted)
                Set(plan, fields, field.CName, Id(wanted, file, known, ref random));
        }

        if (!MappingGenerator.Fill(plan, fields, ref random))
            FillBuffer(plan, fields, ref random);
    }

    private static ResourceKind KindOfId(string verb, ref SplitMix random) =>
        verb switch
        {
            "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE" => ResourceKind.Stdev,
            "IOMMU_TEST_OP_MOCK_DOMAIN" => random.Below(3) == 0
                ? ResourceKind.Paging
                : ResourceKind.Ioas,
            "IOMMU_TEST_OP_MD_CHECK_IOTLB" => ResourceKind.Nested,
            "IOMMU_TEST_OP_MD_CHECK_MAP" => ResourceKind.Paging,
            "IOMMU_DESTROY" => (ResourceKind)random.Below(6),
            _ => ResourceKind.Ioas,
        };

    /// <summary>The buffer of GET_HW_INFO and of IOVA_RANGES.</summary>
    private static void FillBuffer(
        IoctlPlan plan,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        ulong[] lengths =
        [
            0,
            1,
            4,
            8,
            16,
            24,
            63,
            64,
            65,
            4096,
            0x80000000,
            0x80000100,
            0xffffffff,
        ];
        var length = Numbers.Pick(lengths, ref random);
        var memory = random.Below(12) switch
        {
            0 => MemorySpec.Plain(length, 0, PageAccess.ReadOnly),
            1 => MemorySpec.Plain(16, 0xff),
            _ => MemorySpec.Plain(length, 0xff),
        };
        if (plan.Fields.ContainsKey("data_len"))
        {
            Set(plan, fields, "data_len", CallValue.Of(length));
            SetFirst(plan, fields, CallValue.At(memory), "data_ptr", "data_uptr");
        }
        else if (plan.Fields.ContainsKey("num_iovas"))
        {
            var count = random.Below(6);
            Set(plan, fields, "num_iovas", CallValue.Of(count));
            var room = MemorySpec.Plain(count * 16, 0xff, memory.Access);
            Set(plan, fields, "allowed_iovas", CallValue.At(room));
        }
        else if (plan.Fields.ContainsKey("start"))
        {
            Set(plan, fields, "start", CallValue.Of(0x40000000ul + (random.Below(4) << 16)));
            Set(plan, fields, "length", CallValue.Of(0x1000));
        }
    }

    /// <summary>Gives a field a number that it should not have.</summary>
    private static void Spoil(
        IoctlPlan plan,
        ImmutableArray<FieldSetting>.Builder fields,
        ref SplitMix random
    )
    {
        if (!Numbers.OneIn(12, ref random))
            return;
        var all = plan.Layout.Fields;
        var field = all[1 + (int)random.Below((uint)all.Count - 1)];
        if (!field.IsScalar || field.CName is "op" || IsId(field.CName))
            return;
        var value = Numbers.Boundary(ref random) & DataGenerator.MaskOf(field.Size);
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name != field.CName)
                continue;
            fields[i] = new FieldSetting(field.CName, CallValue.Of(value));
            return;
        }

        fields.Add(new FieldSetting(field.CName, CallValue.Of(value)));
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

    private static bool IsId(string field) =>
        field.EndsWith("_id", StringComparison.Ordinal) || field == "id";

    private static void Set(
        IoctlPlan plan,
        ImmutableArray<FieldSetting>.Builder fields,
        string name,
        CallValue value
    )
    {
        if (plan.Fields.ContainsKey(name))
            fields.Add(new FieldSetting(name, value));
    }

    private static void SetFirst(
        IoctlPlan plan,
        ImmutableArray<FieldSetting>.Builder fields,
        CallValue value,
        params ReadOnlySpan<string> names
    )
    {
        foreach (var name in names)
        {
            if (!plan.Fields.ContainsKey(name))
                continue;
            fields.Add(new FieldSetting(name, value));
            return;
        }
    }
}
