using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Draw;

/// <summary>The fields of an ioctl while they are drawn; a field that the struct lacks is left out.</summary>
internal sealed class FieldDraft(IoctlPlan plan, int file, DrawState state, DriverData data)
{
    /// <summary>C's IOMMU_HW_INFO_FLAG_INPUT_TYPE.</summary>
    private const uint InputType = 1u << 0;

    /// <summary>Lengths of buffers.</summary>
    private static readonly ulong[] s_lengths = [0, 1, 4, 8, 16, 24, 63, 64, 65, 4096, 1u << 31, 0x80000100, ~0u];

    private readonly ImmutableArray<FieldSetting>.Builder _fields = ImmutableArray.CreateBuilder<FieldSetting>();

    public IoctlPlan Plan { get; } = plan;

    /// <summary>The label of the descriptor.</summary>
    public int File { get; } = file;

    public DrawState State { get; } = state;

    public SplitMix Random => State.Random;

    public DriverData Data { get; } = data;

    public SearchTarget Target => Data.Target;

    public ImmutableArray<FieldSetting> Fields => _fields.ToImmutable();

    public bool Has(string name) => Plan.Fields.ContainsKey(name);

    public void Set(string name, ulong number) => Set(name, CallValue.Of(number));

    public void Set(string name, CallValue value)
    {
        if (Has(name))
            _fields.Add(new FieldSetting(name, value));
    }

    public void Set(string name, ObjectKind kind) => Set(name, Id(kind));

    /// <summary>The first of the names that the struct has.</summary>
    public void SetFirst(CallValue value, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Has(name))
                continue;
            _fields.Add(new FieldSetting(name, value));
            return;
        }
    }

    /// <summary>Gives a field another value, or its first.</summary>
    public void Overwrite(string name, CallValue value)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].Name != name)
                continue;
            _fields[i] = new FieldSetting(name, value);
            return;
        }

        _fields.Add(new FieldSetting(name, value));
    }

    /// <summary>Changes every value that <paramref name="change"/> has another for.</summary>
    public void Change(Func<FieldSetting, CallValue?> change)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (change(_fields[i]) is { } value)
                _fields[i] = _fields[i] with { Value = value };
        }
    }

    /// <summary>Ids and a buffer by what the names of the fields mean in any kernel.</summary>
    public void SetPlain(ObjectKind id = ObjectKind.Ioas)
    {
        SetIds(id);
        SetBuffer();
        if (!Has("in_data_type") || Random.Below(3) != 0)
            return;
        Set("flags", InputType);
        Set("in_data_type", Numbers.Type(Random));
    }

    /// <summary>The ids of objects; <paramref name="id"/> is the kind of a field that is called just that.</summary>
    public void SetIds(ObjectKind id = ObjectKind.Ioas)
    {
        foreach (var field in Plan.Layout.Fields)
        {
            var kind = field.CName switch
            {
                "dev_id" => ObjectKind.Device,
                "ioas_id" or "src_ioas_id" or "dst_ioas_id" or "object_id" => ObjectKind.Ioas,
                "hwpt_id" => ObjectKind.Paging,
                "pt_id" => Random.Below(2) == 0 ? ObjectKind.Paging : ObjectKind.Ioas,
                "id" => id,
                _ => (ObjectKind?)null,
            };
            if (kind is { } wanted)
                Set(field.CName, wanted);
        }
    }

    /// <summary>Something that is mapped on the descriptor, or null.</summary>
    public KnownArea? PickArea() => PickArea(static _ => true);

    /// <summary>The same of those that fit.</summary>
    public KnownArea? PickArea(Func<KnownArea, bool> fits)
    {
        var count = 0u;
        foreach (var area in State.Areas)
            count += area.File == File && fits(area) ? 1u : 0;
        if (count == 0)
            return null;
        var skip = Random.Below(count);
        foreach (var area in State.Areas)
        {
            if (area.File == File && fits(area) && skip-- == 0)
                return area;
        }

        return null;
    }

    /// <summary>A live object of the kind, or null.</summary>
    public KnownObject? Pick(ObjectKind kind) => State.Pick(kind, File);

    /// <summary>As <see cref="Pick(ObjectKind)"/>, one that fits if there is one.</summary>
    public KnownObject? Pick(ObjectKind kind, Func<KnownObject, bool> fits) =>
        State.Pick(kind, File, fits) ?? Pick(kind);

    /// <summary>One that fits, or null.</summary>
    public KnownObject? PickFitting(ObjectKind kind, Func<KnownObject, DrawState, bool> fits) =>
        State.Pick(kind, File, known => fits(known, State));

    /// <summary>An id of the kind, with the odds of a wrong one.</summary>
    public CallValue Id(ObjectKind kind) => State.Id(kind, File);

    /// <summary>As <see cref="Id(ObjectKind)"/>, mostly of an object that fits.</summary>
    public CallValue Id(ObjectKind kind, Func<KnownObject, bool> fits) =>
        !Random.OneIn(12) && State.Pick(kind, File, fits) is { } found ? found.Value : Id(kind);

    /// <summary>The buffer of GET_HW_INFO and of IOVA_RANGES.</summary>
    private void SetBuffer()
    {
        var length = Random.Pick(s_lengths);
        var memory = Random.Below(12) switch
        {
            0 => MemorySpec.Plain(length, 0, PageAccess.ReadOnly),
            1 => MemorySpec.Plain(16, 0xff),
            _ => MemorySpec.Plain(length, 0xff),
        };
        if (Has("data_len"))
        {
            Set("data_len", length);
            SetFirst(CallValue.At(memory), "data_ptr", "data_uptr");
        }
        else if (Has("num_iovas"))
        {
            var count = Random.Below(6);
            Set("num_iovas", count);
            Set("allowed_iovas", CallValue.At(MemorySpec.Plain(count * 16, 0xff, memory.Access)));
        }
        else if (Has("start"))
        {
            Set("start", 0x40000000ul + (Random.Below(4) << 16));
            Set("length", 0x1000);
        }
    }
}
