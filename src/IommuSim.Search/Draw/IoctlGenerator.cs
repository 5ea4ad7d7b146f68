using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Draw;

/// <summary>Draws ioctls, mostly as programs make them.</summary>
internal sealed class IoctlGenerator(SearchTarget target, TopicTable draws, DrawState state)
{
    /// <summary>Draws of a call until one names what it should; the others are mistakes on purpose.</summary>
    private const int Tries = 8;

    private readonly DriverData _data = new(target);

    public TopicTable Draws { get; } = draws;

    public DrawState State { get; } = state;

    /// <summary>Whether the kernel has the ioctl; of some only the size is checked.</summary>
    public bool Has(string verb) => target.Plans.ContainsKey(verb);

    public Call Of(string verb, int label, int file) => Of(verb, label, file, TopicOf(verb).Fill);

    /// <summary>How the ioctl is drawn on this kernel; of one that is not modelled there is little to see.</summary>
    public IoctlTopic TopicOf(string verb) =>
        target.Plans.TryGetValue(verb, out var plan) && !plan.IsModelled ? TopicTable.Plain : Draws.Of(verb);

    /// <summary>As the other overload, with fields that are set in another way.</summary>
    public Call Of(string verb, int label, int file, Action<FieldDraft, SplitMix> fill)
    {
        var plan = target.Plans[verb];
        var draft = new FieldDraft(plan, file, State, _data);
        fill(draft, State.Random);
        Spoil(draft);
        var call = new Call(label, CallKind.Ioctl, verb) { File = file, Fields = draft.Fields };
        if (plan.IsModelled && Draws.Of(verb).CanBeOfChild)
            call = call with { IsOfChild = State.Random.OneIn(4) == false };
        return State.Random.OneIn(16) ? Misplace(call, plan) : call;
    }

    /// <summary>The ioctl, or null where the kernel does not have it.</summary>
    public Call? IfAny(string verb, int label, int file) => Has(verb) ? Of(verb, label, file) : null;

    /// <summary>As the other overload, with fields that are set in another way.</summary>
    public Call? IfAny(string verb, int label, int file, Action<FieldDraft, SplitMix> fill) =>
        Has(verb) ? Of(verb, label, file, fill) : null;

    /// <summary>An ioctl that names the object; mostly, for a few draws never do.</summary>
    public Call Naming(string verb, int label, KnownObject named)
    {
        var call = Of(verb, label, named.File);
        for (var i = 1; i < Tries && !call.Fields.Any(f => f.Value == named.Value); i++)
            call = Of(verb, label, named.File);
        return call;
    }

    public Call Destroy(int label, KnownObject victim) =>
        new(label, CallKind.Ioctl, Draws.Destroy)
        {
            File = victim.File,
            Fields = [new FieldSetting("id", victim.Value)],
        };

    /// <summary>Gives a field a number that it should not have.</summary>
    private static void Spoil(FieldDraft draft)
    {
        var random = draft.Random;
        if (!random.OneIn(12))
            return;
        var all = draft.Plan.Layout.Fields;
        var field = all[1 + (int)random.Below((uint)all.Count - 1)];
        if (!field.IsScalar || field.CName is "op" || IsId(field.CName) || IsFile(draft.Plan, field.CName))
            return;
        var value = Numbers.Boundary(random) & DriverData.MaskOf(field.Size);
        draft.Overwrite(field.CName, CallValue.Of(value));
    }

    private Call Misplace(Call call, IoctlPlan plan) =>
        State.Random.Below(12) switch
        {
            0 => call with { Place = StructPlace.Null },
            1 => call with { Place = StructPlace.Unmapped },
            2 or 3 or 4 => call with { Place = StructPlace.ReadOnly },
            5 => call with { Size = (ulong)plan.MinSize - 1 },
            6 => call with { Size = (ulong)plan.MinSize },
            7 => call with { Size = 0 },
            8 => call with { Tail = 1 },
            9 => call with { Tail = 0 },
            10 => call with { Size = (ulong)State.Random.Below((uint)plan.Size + 2) },
            _ => call with { Size = 65536 },
        };

    /// <summary>A number may be that of a /dev/iommu, which a mapping then keeps for ever.</summary>
    private static bool IsFile(IoctlPlan plan, string field) => plan.IsModelled && field == "fd";

    private static bool IsId(string field) => field.EndsWith("_id", StringComparison.Ordinal) || field == "id";
}
