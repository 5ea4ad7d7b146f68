using IommuSim.Iommufd;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>What the calls so far returned, as far as the next ones can use it.</summary>
internal sealed class ResourceTable(FuzzTarget target)
{
    private readonly List<Resource> _all = [];
    private readonly Dictionary<int, CallValue> _targets = [];

    /// <summary>Devices that are bound, by the label of the bind, and the descriptors that are open.</summary>
    public List<(int Label, int Device, int File, bool Attached)> Bound { get; } = [];

    public List<int> Files { get; } = [];

    /// <summary>The calls whose queues are open.</summary>
    public List<int> Queues { get; } = [];

    /// <summary>The last call that was made.</summary>
    public Call? Last { get; private set; }

    /// <summary>Bytes that it has read or written.</summary>
    public ulong LastMoved { get; private set; }

    public IReadOnlyList<Resource> All => _all;

    public Resource? Newest => _all.Count > 0 ? _all[^1] : null;

    public void Clear()
    {
        _all.Clear();
        _targets.Clear();
        Bound.Clear();
        Files.Clear();
        Files.Add(0);
        Queues.Clear();
        Last = null;
    }

    /// <summary>A live one of this kind on the descriptor, or null.</summary>
    public Resource? Pick(ResourceKind kind, int file, ref SplitMix random) =>
        Pick(kind, file, static _ => true, ref random);

    /// <summary>As the other overload, of those that fit.</summary>
    public Resource? Pick(ResourceKind kind, int file, Func<Resource, bool> fits, ref SplitMix random)
    {
        var count = 0;
        foreach (var resource in _all)
            count += Fits(resource, kind, file) && fits(resource) ? 1 : 0;
        if (count == 0)
            return null;
        // The newest is the likeliest to be what the next call is about.
        var skip = random.Below(3) == 0 ? 0 : random.Below((uint)count);
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            if (Fits(_all[i], kind, file) && fits(_all[i]) && skip-- == 0)
                return _all[i];
        }

        return null;
    }

    public bool Has(ResourceKind kind)
    {
        foreach (var resource in _all)
        {
            if (resource.Kind == kind && !resource.Gone)
                return true;
        }

        return false;
    }

    /// <summary>The live one that was made last, or last on this vIOMMU; null for none.</summary>
    public Resource? NewestOf(ResourceKind kind, Resource? viommu = null)
    {
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            var resource = _all[i];
            if (resource.Kind == kind && !resource.Gone && (viommu is null || resource.On == viommu.Value))
                return resource;
        }

        return null;
    }

    /// <summary>Where the device of this bind or test operation was last moved to.</summary>
    public CallValue TargetOf(int device) => _targets.GetValueOrDefault(device);

    public Resource? PickAny(ref SplitMix random) => _all.Count == 0 ? null : _all[(int)random.Below((uint)_all.Count)];

    /// <summary>An id of the kind, with the odds of a wrong one.</summary>
    public CallValue Id(ResourceKind kind, int file, ref SplitMix random)
    {
        switch (random.Below(24))
        {
            case 0:
                return CallValue.Of(Numbers.Id(ref random));
            case 1:
                return PickAny(ref random)?.Value ?? CallValue.Of(0);
            default:
                var found = Pick(kind, file, ref random);
                if (found is null && kind is ResourceKind.Nested or ResourceKind.Paging)
                    found = Pick(ResourceKind.Paging, file, ref random);
                found ??= Pick(ResourceKind.Ioas, file, ref random);
                return found?.Value ?? PickAny(ref random)?.Value ?? CallValue.Of(1);
        }
    }

    /// <summary>Learns from a call that was made.</summary>
    public void Note(Call call, in StepOutcome outcome, SequenceMachine machine)
    {
        Bound.Clear();
        foreach (var handle in machine.Bound)
            Bound.Add((handle.Label, handle.Index, FileOf(machine, handle), handle.Attached));
        Files.Clear();
        foreach (var (label, _) in machine.Files)
            Files.Add(label);
        Queues.Clear();
        foreach (var (label, _) in machine.Queues)
            Queues.Add(label);
        Last = call;
        LastMoved = outcome.Moved;
        if (!outcome.Result.Succeeded)
            return;
        switch (call.Kind)
        {
            case CallKind.Bind:
                Add(ResourceKind.Device, call.Label, "idev", call.File, DriverOf(machine, call.Label));
                break;
            case CallKind.Attach or CallKind.Replace:
                _targets[call.Bound] = call.Fields[0].Value;
                var file = machine.BoundBy(call.Bound) is { } handle ? FileOf(machine, handle) : 0;
                Add(ResourceKind.Paging, call.Label, "pt", file, DriverOf(machine, call.Bound));
                break;
            case CallKind.Ioctl:
                NoteIoctl(call, machine);
                break;
        }
    }

    private void NoteIoctl(Call call, SequenceMachine machine)
    {
        if (call.Verb == "IOMMU_DESTROY" && call.Fields is [var target, ..])
        {
            foreach (var resource in _all)
                resource.Gone |= resource.Value == target.Value;
        }

        if (call.Verb == "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE")
            _targets[FieldOf(call, "id").Label] = FieldOf(call, "pt_id");
        foreach (var (member, _) in this.Plan(call).Ids)
        {
            var kind = member switch
            {
                "ioas" => ResourceKind.Ioas,
                "idev" => ResourceKind.Device,
                "stdev" => ResourceKind.Stdev,
                "fault" => ResourceKind.FaultQueue,
                "viommu" => ResourceKind.Viommu,
                "vdevice" => ResourceKind.Vdevice,
                "veventq" => ResourceKind.Veventq,
                "hw_queue" => ResourceKind.HwQueue,
                _ => IsNested(call, member, machine) ? ResourceKind.Nested : ResourceKind.Paging,
            };
            _all.Add(
                new Resource(kind, call.Label, member, call.File, DriverOf(call))
                {
                    IsParent = HasFlag(call, HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT),
                    HasQueue = HasFlag(call, HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID),
                    Of = FieldOf(call, "dev_id"),
                    On = FieldOf(call, kind == ResourceKind.Nested ? "pt_id" : "viommu_id"),
                }
            );
        }
    }

    private IoctlPlan Plan(Call call) => target.Plans[call.Verb];

    private static CallValue FieldOf(Call call, string field)
    {
        foreach (var (name, value) in call.Fields)
        {
            if (name == field)
                return value;
        }

        return default;
    }

    private static bool HasFlag(Call call, uint flag)
    {
        foreach (var (name, value) in call.Fields)
        {
            if (name == "flags" && call.Verb == "IOMMU_HWPT_ALLOC")
                return (value.Number & flag) != 0;
        }

        return false;
    }

    private static bool IsNested(Call call, string member, SequenceMachine machine)
    {
        var id = (uint)machine.ResultOf(call.Label, member);
        return machine.Kernel.FileOf(machine.DescriptorOf(call.File)) is { } context
            && context.Objects.Find(id) is HwPagetable { Parent: not null };
    }

    private string DriverOf(Call call)
    {
        foreach (var (name, value) in call.Fields)
        {
            if (name != "dev_id")
                continue;
            foreach (var resource in _all)
            {
                if (resource.Label == value.Label && resource.Kind == ResourceKind.Device)
                    return resource.Driver;
            }
        }

        return "mock";
    }

    private static string DriverOf(SequenceMachine machine, int bound) =>
        machine.BoundBy(bound) is { } handle ? machine.DriverOf(handle.Index) : "mock";

    private static int FileOf(SequenceMachine machine, BoundHandle handle)
    {
        foreach (var (label, descriptor) in machine.Files)
        {
            if (descriptor == handle.Descriptor)
                return label;
        }

        return -1;
    }

    private void Add(ResourceKind kind, int label, string member, int file, string driver) =>
        _all.Add(new Resource(kind, label, member, file, driver));

    private static bool Fits(Resource resource, ResourceKind kind, int file) =>
        resource.Kind == kind && resource.File == file && !resource.Gone;
}
