using System.Collections.Immutable;
using IommuSim.Machine;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// Draws the next call from what the calls so far returned: mostly valid, sometimes with a stale,
/// wrong-kind or bogus id, a boundary number, a bad pointer or an injected fault. It knows the
/// kernel's tables and nothing of any bug.
/// </summary>
internal sealed class CallGenerator
{
    private readonly FuzzTarget _target;
    private readonly IoctlGenerator _ioctls;
    private readonly FollowUp? _followUp;
    private readonly (uint Weight, string Verb)[] _verbs;
    private readonly uint _verbWeight;

    public CallGenerator(FuzzTarget target)
    {
        _target = target;
        _ioctls = new IoctlGenerator(target);
        _followUp = target.HasQueues ? new FollowUp(target, _ioctls) : null;
        _verbs = [.. target.Plans.Keys.Order(StringComparer.Ordinal).Select(v => (WeightOf(v), v))];
        _verbWeight = (uint)_verbs.Sum(v => v.Weight);
    }

    /// <summary>The next call; <paramref name="label"/> names its results.</summary>
    public Call Next(int label, ResourceTable known, ImmutableArray<DeviceDeclared> devices, ref SplitMix random)
    {
        var file = known.Files.Count > 0 ? known.Files[(int)random.Below((uint)known.Files.Count)] : 0;
        var call = Draw(label, known, devices, file, ref random);
        var wanted = call.Kind is CallKind.Attach or CallKind.Replace ? 5u : 14u;
        return Numbers.OneIn(wanted, ref random) ? Inject(call, ref random) : call;
    }

    /// <summary>The call with a fault injected.</summary>
    public static Call WithFault(Call call, ref SplitMix random) => Inject(call, ref random);

    /// <summary>An ioctl of this name.</summary>
    public Call Ioctl(string verb, int label, int file, ResourceTable known, ref SplitMix random) =>
        _ioctls.Of(verb, label, file, known, ref random);

    /// <summary>Call by call what gives the others something to work on.</summary>
    private Call Draw(
        int label,
        ResourceTable known,
        ImmutableArray<DeviceDeclared> devices,
        int file,
        ref SplitMix random
    )
    {
        if (known.Files.Count == 0)
            return new Call(label, CallKind.Open, "open");
        if (known.Pick(ResourceKind.Ioas, file, ref random) is null && !Numbers.OneIn(4, ref random))
            return _ioctls.Of("IOMMU_IOAS_ALLOC", label, file, known, ref random);
        if (known.Bound.Count < devices.Length && random.Below(3) == 0)
        {
            var device = (int)random.Below((uint)devices.Length);
            return new Call(label, CallKind.Bind, "bind") { Device = device, File = file };
        }

        if (UseOfNewest(label, known, devices, ref random) is { } use)
            return use;
        if (_followUp?.Draw(label, known, ref random) is { } more)
            return more;
        if (known.Queues.Count > 0 && Numbers.OneIn(5, ref random))
            return QueueGenerator.Draw(label, known, ref random);
        return random.Below(100) switch
        {
            < 34 => DeviceCall(label, known, ref random),
            < 36 => new Call(label, CallKind.Open, "open"),
            < 37 => new Call(label, CallKind.Close, "close") { File = file },
            _ => _ioctls.Of(DrawVerb(ref random), label, file, known, ref random),
        };
    }

    /// <summary>A page table that the last call made is often made for a device to use at once.</summary>
    private static Call? UseOfNewest(
        int label,
        ResourceTable known,
        ImmutableArray<DeviceDeclared> devices,
        ref SplitMix random
    )
    {
        if (known.Bound.Count == 0 || known.Newest is not { } made || made.Label != label - 1)
            return null;
        if (made.Kind is not (ResourceKind.Paging or ResourceKind.Nested) || random.Below(3) != 0)
            return null;
        var (bound, device, file, attached) = known.Bound[(int)random.Below((uint)known.Bound.Count)];
        if (file != made.File || devices[device].Driver != made.Driver)
            return null;
        return new Call(label, attached ? CallKind.Replace : CallKind.Attach, "")
        {
            Bound = bound,
            Fields = [new FieldSetting("pt_id", made.Value)],
        };
    }

    private Call DeviceCall(int label, ResourceTable known, ref SplitMix random)
    {
        if (known.Bound.Count == 0)
            return _ioctls.Of("IOMMU_IOAS_ALLOC", label, 0, known, ref random);
        var at = (int)random.Below((uint)known.Bound.Count);
        return OnDevice(label, at, known, ref random);
    }

    /// <summary>What VFIO may do next with the device at this place of the table.</summary>
    public Call OnDevice(int label, int at, ResourceTable known, ref SplitMix random)
    {
        var (bound, _, file, attached) = known.Bound[at];
        var kind = (attached, random.Below(8)) switch
        {
            (true, < 5) => CallKind.Replace,
            (true, < 7) => CallKind.Detach,
            (true, _) => CallKind.Attach,
            (false, < 5) => CallKind.Attach,
            (false, < 6) => CallKind.Replace,
            _ => CallKind.Unbind,
        };
        var call = new Call(label, kind, "") { Bound = bound };
        if (kind is CallKind.Detach or CallKind.Unbind)
            return call;
        var target = random.Below(8) switch
        {
            < 2 => ResourceKind.Ioas,
            < 4 => ResourceKind.Nested,
            _ => ResourceKind.Paging,
        };
        var id = known.Id(target, file, ref random);
        return call with { Fields = [new FieldSetting("pt_id", id)] };
    }

    private string DrawVerb(ref SplitMix random)
    {
        var at = random.Below(_verbWeight);
        foreach (var (weight, verb) in _verbs)
        {
            if (at < weight)
                return verb;
            at -= weight;
        }

        return _verbs[0].Verb;
    }

    private static Call Inject(Call call, ref SplitMix random)
    {
        var kind = random.Below(4) switch
        {
            0 or 1 => DecisionKind.Allocation,
            2 => DecisionKind.DriverOp,
            _ => DecisionKind.Copy,
        };
        if (call.Kind is CallKind.Attach or CallKind.Replace && random.Below(2) == 0)
            kind = DecisionKind.DriverOp;
        if (kind == DecisionKind.DriverOp && !DriverFaults.MayRefuse(call))
            kind = DecisionKind.Allocation;
        return call with { Injected = kind, InjectNth = 1 + (int)random.Below(5) };
    }

    private static uint WeightOf(string verb) =>
        verb switch
        {
            "IOMMU_HWPT_ALLOC" => 40,
            "IOMMU_DESTROY" => 14,
            "IOMMU_HWPT_INVALIDATE" => 24,
            "IOMMU_IOAS_ALLOC" => 8,
            "IOMMU_TEST_OP_MOCK_DOMAIN" => 8,
            "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE" => 6,
            "IOMMU_TEST_OP_TRIGGER_IOPF" or "IOMMU_TEST_OP_TRIGGER_VEVENT" => 8,
            "IOMMU_VIOMMU_ALLOC" or "IOMMU_VDEVICE_ALLOC" => 6,
            "IOMMU_FAULT_QUEUE_ALLOC" => 12,
            _ when verb.Contains("_INFO", StringComparison.Ordinal) => 8,
            _ => 3,
        };
}
