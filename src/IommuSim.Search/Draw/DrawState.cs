using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Draw;

/// <summary>What calls are drawn from: a seed's numbers, the devices, and what the calls so far returned.</summary>
internal sealed class DrawState(SearchTarget target, TopicTable draws)
{
    private const int Kinds = (int)ObjectKind.Access;

    private readonly List<KnownObject> _all = [];
    private readonly Dictionary<int, CallValue> _targets = [];

    /// <summary>Devices that are bound, by the label of the bind, and the descriptors that are open.</summary>
    public List<(int Label, int Device, int File, bool Attached)> Bound { get; } = [];

    public List<int> Files { get; } = [];

    /// <summary>Devices whose bind failed; most would fail again.</summary>
    public HashSet<int> Refused { get; } = [];

    public SearchTarget Target => target;

    /// <summary>The calls whose queues are open.</summary>
    public List<int> Queues { get; } = [];

    /// <summary>Those of them out of which something can be read.</summary>
    public List<int> Readable { get; } = [];

    /// <summary>What was read of queues and waits for a response.</summary>
    public List<(int Queue, uint Cookie)> Unanswered { get; } = [];

    /// <summary>What is attached by PASIDs other than 0.</summary>
    public List<(CallValue Stdev, ulong Pasid, CallValue Hwpt)> Pasids { get; } = [];

    /// <summary>The last call that was made.</summary>
    public Call? Last { get; private set; }

    /// <summary>Bytes that it has read or written.</summary>
    public ulong LastMoved { get; private set; }

    /// <summary>What is mapped into IOASes that calls of the program have made.</summary>
    public List<KnownArea> Areas { get; } = [];

    /// <summary>The program may pin so many pages only.</summary>
    public bool HasLimit { get; set; }

    /// <summary>IOASes in which large pages are off.</summary>
    public HashSet<CallValue> SmallPages { get; } = [];

    /// <summary>Hwpts that note which pages are written to.</summary>
    public HashSet<CallValue> Tracking { get; } = [];

    /// <summary>The IOAS of the calls of VFIO's containers, by the label of the descriptor.</summary>
    public Dictionary<int, CallValue> Containers { get; } = [];

    public List<KnownObject> All => _all;

    public KnownObject? Newest => _all.Count > 0 ? _all[^1] : null;

    public SplitMix Random { get; private set; } = new(0);

    public ImmutableArray<DeviceDeclared> Devices { get; private set; } = [];

    /// <summary>Begins a program, with the first descriptor open.</summary>
    public void Start(SplitMix random, ImmutableArray<DeviceDeclared> devices)
    {
        Random = random;
        Devices = devices;
        _all.Clear();
        _targets.Clear();
        Areas.Clear();
        Bound.Clear();
        Refused.Clear();
        Files.Clear();
        Files.Add(0);
        Queues.Clear();
        Readable.Clear();
        Unanswered.Clear();
        Pasids.Clear();
        SmallPages.Clear();
        Tracking.Clear();
        Containers.Clear();
        Last = null;
    }

    /// <summary>A live one of this kind on the descriptor, or null.</summary>
    public KnownObject? Pick(ObjectKind kind, int file) => Pick(kind, file, static _ => true);

    /// <summary>As the other overload, of those that fit.</summary>
    public KnownObject? Pick(ObjectKind kind, int file, Func<KnownObject, bool> fits)
    {
        var count = 0;
        foreach (var known in _all)
            count += Fits(known, kind, file) && fits(known) ? 1 : 0;
        if (count == 0)
            return null;
        // The newest is the likeliest to be what the next call is about.
        var skip = Random.Below(3) == 0 ? 0 : Random.Below((uint)count);
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            if (Fits(_all[i], kind, file) && fits(_all[i]) && skip-- == 0)
                return _all[i];
        }

        return null;
    }

    public bool Has(ObjectKind kind) => NewestOf(kind) is not null;

    /// <summary>The live object that the call returned, or null.</summary>
    public KnownObject? Find(CallValue id) => _all.FindLast(known => known.Value == id && !known.Gone);

    /// <summary>The IOAS of the hwpt that a vIOMMU was made on.</summary>
    public CallValue IoasOf(KnownObject viommu) => Find(viommu.On)?.On ?? default;

    /// <summary>The live one that was made last, or last on this vIOMMU; null for none.</summary>
    public KnownObject? NewestOf(ObjectKind kind, KnownObject? viommu = null) =>
        _all.FindLast(known => known.Kind == kind && !known.Gone && (viommu is null || known.On == viommu.Value));

    /// <summary>The newest live one of its kind that was made before it on the same vIOMMU; null for none.</summary>
    public KnownObject? ElderOf(KnownObject made) =>
        Find(made.On) is { Kind: ObjectKind.Viommu }
            ? _all.FindLast(known =>
                known.Kind == made.Kind && !known.Gone && known.On == made.On && known.Label != made.Label
            )
            : null;

    /// <summary>Where the device of this bind or test operation was last moved to.</summary>
    public CallValue TargetOf(int device) => _targets.GetValueOrDefault(device);

    public void Move(int device, CallValue target) => _targets[device] = target;

    /// <summary>Where the device is attached, or null: where it was moved to, or at first plugged in at.</summary>
    public KnownObject? PlaceOf(KnownObject device) =>
        Find(_targets.TryGetValue(device.Label, out var target) ? target : device.On);

    /// <summary>The object with this id is no more.</summary>
    public void Remove(CallValue id)
    {
        foreach (var known in _all)
            known.Gone |= known.Value == id;
        Areas.RemoveAll(area => area.Ioas == id);
        Pasids.RemoveAll(pasid => pasid.Stdev == id);
        foreach (var (file, _) in Containers.Where(container => container.Value == id).ToList())
            Containers.Remove(file);
    }

    public KnownObject? PickAny() => _all.Count == 0 ? null : Random.Pick(_all);

    /// <summary>
    /// A live object, all kinds as likely and of a kind mostly the newest, on which others hardly depend yet; null for
    /// none.
    /// </summary>
    public KnownObject? PickLive()
    {
        var first = (int)Random.Below(Kinds);
        for (var i = 0; i < Kinds; i++)
        {
            var kind = (ObjectKind)((first + i) % Kinds);
            if (NewestOf(kind) is { } newest)
                return Random.Below(3) != 0 ? newest : Pick(kind, newest.File);
        }

        return null;
    }

    /// <summary>An id of the kind, with the odds of a wrong one.</summary>
    public CallValue Id(ObjectKind kind, int file)
    {
        switch (Random.Below(24))
        {
            case 0:
                return CallValue.Of(Numbers.Id(Random));
            case 1:
                return PickAny()?.Value ?? CallValue.Of(0);
            default:
                var found = Pick(kind, file);
                if (found is null && kind is ObjectKind.Nested or ObjectKind.Paging)
                    found = Pick(ObjectKind.Paging, file);
                found ??= Pick(ObjectKind.Ioas, file);
                return found?.Value ?? PickAny()?.Value ?? CallValue.Of(1);
        }
    }

    /// <summary>Learns from a call that was made.</summary>
    public void Note(Call call, in StepOutcome outcome, SequenceMachine machine)
    {
        Bound.Clear();
        foreach (var handle in machine.Bound)
            Bound.Add((handle.Label, handle.Index, machine.FileOf(handle), handle.Attached));
        Files.Clear();
        foreach (var (label, _) in machine.Files)
            Files.Add(label);
        Queues.Clear();
        foreach (var (label, _) in machine.Queues)
            Queues.Add(label);
        NoteQueues(machine);
        Last = call;
        LastMoved = outcome.Moved;
        if (call.Kind == CallKind.Bind && !outcome.Result.Succeeded)
            Refused.Add(call.Device);
        if (!outcome.Result.Succeeded)
            return;
        switch (call.Kind)
        {
            case CallKind.Close:
                Remove(CallValue.Result(call.File, SequenceMachine.FileMember));
                break;
            case CallKind.Bind:
                Add(ObjectKind.Device, call.Label, "idev", call.File, DriverOf(machine, call.Label));
                break;
            case CallKind.Attach or CallKind.Replace:
                Move(call.Bound, call.Fields[0].Value);
                var file = machine.BoundBy(call.Bound) is { } handle ? machine.FileOf(handle) : 0;
                Add(ObjectKind.Paging, call.Label, "pt", file, DriverOf(machine, call.Bound));
                break;
            case CallKind.Ioctl:
                NoteIoctl(call, machine);
                break;
        }
    }

    /// <summary>What a program learns from poll, and from what it reads.</summary>
    private void NoteQueues(SequenceMachine machine)
    {
        Readable.Clear();
        Unanswered.Clear();
        foreach (var (label, descriptor) in machine.Queues)
        {
            if (machine.Running is not IommufdKernel kernel)
            {
                // A program would poll, and answer what it has read; most sequences have one fault or two.
                Readable.Add(label);
                Unanswered.Add((label, 1));
                Unanswered.Add((label, 2));
                continue;
            }

            if (kernel.QueueOf(descriptor) is not { } queue)
                continue;
            if (queue.HasEvents)
                Readable.Add(label);
            for (uint cookie = 0; queue is FaultQueue faults && cookie <= faults.Unanswered.LastUsed; cookie++)
            {
                if (faults.Unanswered.Find(cookie) is not null)
                    Unanswered.Add((label, cookie));
            }
        }
    }

    private void NoteIoctl(Call call, SequenceMachine machine)
    {
        draws.Of(call.Verb).Note?.Invoke(call, this);
        if (draws.Of(call.Verb).Mapping is not null)
            NoteAreas(call, machine);
        foreach (var id in target.Plans[call.Verb].Ids)
        {
            var kind = id.Kind == ObjectKind.Paging && IsNested(call, id.Member, machine) ? ObjectKind.Nested : id.Kind;
            var flags = kind is ObjectKind.Paging or ObjectKind.Nested ? call.FieldOf("flags").Number : 0;
            _all.Add(
                new KnownObject(kind, call.Label, id.Member, call.File, DriverOf(call.FieldOf("dev_id")))
                {
                    IsParent = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0,
                    IsTracked = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0,
                    HasQueue = (flags & HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID) != 0,
                    IsForPasids = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0,
                    Of = call.FieldOf("dev_id"),
                    On = call.FieldOf(OnField(kind)),
                }
            );
        }

        if (target.Plans[call.Verb].FileKind is { } file)
            AddFile(file, call);
    }

    /// <summary>A file that calls can name by its descriptor.</summary>
    public void AddFile(ObjectKind kind, Call call) =>
        _all.Add(
            new KnownObject(kind, call.Label, SequenceMachine.FileMember, call.File, "mock")
            {
                Pins = kind == ObjectKind.AccessFile && call.FieldOf("flags").Number != 0,
                Length = call.FieldOf("fd").Memory?.Length ?? call.FieldOf("length").Number,
                On = call.FieldOf(OnField(kind)),
            }
        );

    /// <summary>Looks up what the IOASes of the call map now: not every address is the caller's.</summary>
    private void NoteAreas(Call call, SequenceMachine machine)
    {
        if (machine.Running is not IommufdKernel kernel)
        {
            KnownAreas.NoteFromOutside(call, machine, this);
            return;
        }

        if (kernel.FileOf(machine.DescriptorOf(call.File)) is not { } context)
            return;
        foreach (var (name, id) in call.Fields)
        {
            if (id.Label == 0 || !name.EndsWith("ioas_id", StringComparison.Ordinal))
                continue;
            Areas.RemoveAll(area => area.Ioas == id);
            var found = context.Objects.Find((uint)machine.ResultOf(id.Label, id.Member!));
            var areas = (found as Ioas)?.Iopt.Areas;
            for (var area = areas?.First(0, ulong.MaxValue); area is not null; )
            {
                var pages = area.Value.Pages!;
                var isFile = pages.IsOfFile || pages.IsBuffer;
                var memory = isFile ? 0 : pages.Address + area.Value.StartByte(area.Start);
                Areas.Add(
                    new KnownArea(id, call.File, area.Start, area.Last, memory, pages.IsWritable)
                    {
                        IsFile = isFile,
                        IsBuffer = pages.IsBuffer,
                    }
                );
                area = areas!.Next(area, 0, ulong.MaxValue);
            }
        }
    }

    /// <summary>The field with what an object of the kind is made on.</summary>
    private static string OnField(ObjectKind kind) =>
        kind switch
        {
            ObjectKind.Paging or ObjectKind.Nested => "pt_id",
            ObjectKind.Viommu => "hwpt_id",
            ObjectKind.Stdev or ObjectKind.Device or ObjectKind.AccessFile or ObjectKind.AccessPages => "id",
            _ => "viommu_id",
        };

    private bool IsNested(Call call, string member, SequenceMachine machine)
    {
        if (machine.Running is not IommufdKernel kernel)
            return Find(call.FieldOf("pt_id")) is { Kind: not ObjectKind.Ioas } && member == "hwpt";
        var id = (uint)machine.ResultOf(call.Label, member);
        return kernel.FileOf(machine.DescriptorOf(call.File)) is { } context
            && context.Objects.Find(id) is HwPagetable { Parent: not null };
    }

    private string DriverOf(CallValue device) =>
        _all.Find(known => known.Label == device.Label && known.Kind == ObjectKind.Device)?.Driver ?? "mock";

    private static string DriverOf(SequenceMachine machine, int bound) =>
        machine.BoundBy(bound) is { } handle ? machine.DriverOf(handle.Index) : "mock";

    private void Add(ObjectKind kind, int label, string member, int file, string driver) =>
        _all.Add(new KnownObject(kind, label, member, file, driver));

    /// <summary>A live one of the kind on the descriptor.</summary>
    public static bool Fits(KnownObject known, ObjectKind kind, int file) =>
        known.Kind == kind && known.File == file && !known.Gone;
}

/// <summary>An id that a call of the sequence returned.</summary>
/// <param name="File">The label of its descriptor.</param>
/// <param name="Driver">Device: the name of its driver; hwpts: that of the device they were made for.</param>
internal sealed record KnownObject(ObjectKind Kind, int Label, string Member, int File, string Driver)
{
    public bool Gone { get; set; }

    /// <summary>A hwpt that was made for others to be nested on.</summary>
    public bool IsParent { get; init; }

    /// <summary>A hwpt that was made to note which pages are written to.</summary>
    public bool IsTracked { get; init; }

    /// <summary>A hwpt that was made with a queue for its page faults.</summary>
    public bool HasQueue { get; init; }

    /// <summary>Bytes of a file.</summary>
    public ulong Length { get; init; }

    /// <summary>An access that can pin pages.</summary>
    public bool Pins { get; init; }

    /// <summary>A hwpt to which a device can be attached by PASIDs.</summary>
    public bool IsForPasids { get; init; }

    /// <summary>vDEVICE: the device that it is of.</summary>
    public CallValue Of { get; init; }

    /// <summary>
    /// What it was made on: a hwpt on an IOAS, a hwpt or a vIOMMU, a vIOMMU on a hwpt, what it has on it; a device that
    /// was plugged in: where.
    /// </summary>
    public CallValue On { get; init; }

    public CallValue Value => CallValue.Result(Label, Member);
}
