using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Search.Fuzz;
using IommuSim.Search.Invariants;
using IommuSim.Uapi;

namespace IommuSim.Search.LifeCycle;

/// <summary>
/// The life of objects as the uAPI documents it, written from that contract alone: which ids there
/// are, who holds what, who may be destroyed when, and which mistake has which errno. Follows the
/// calls of a sequence and names the first answer that the contract does not allow.
/// </summary>
internal sealed class LifeCycleModel(FuzzTarget target)
{
    private const string MockReplace = "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE";

    private readonly Dictionary<int, ModelContext> _files = [];
    private readonly Dictionary<int, ModelObject> _queues = [];
    private readonly Dictionary<int, ModelObject> _bound = [];
    private readonly Dictionary<string, ModelGroup> _groups = new(StringComparer.Ordinal);
    private readonly IoctlContract _contract = new(target);
    private ImmutableArray<DeviceDeclared> _devices = [];
    private bool _isLost;

    /// <summary>Begins a sequence on this executor, whose calls it judges from now on.</summary>
    public void Follow(SequenceExecutor executor, ImmutableArray<DeviceDeclared> devices)
    {
        _isLost = false;
        _files.Clear();
        _queues.Clear();
        _bound.Clear();
        _groups.Clear();
        _files[executor.Machine.DescriptorOf(0)] = new ModelContext();
        _devices = devices;
        executor.Judge = (made, outcome) => Judge(made, outcome, executor);
    }

    private string? Judge(PreparedCall made, StepOutcome outcome, SequenceExecutor executor)
    {
        if (_isLost)
            return null;
        var expected = outcome.Injected ? Expectation.None : Expect(made, executor.SavedArgument);
        if (!expected.Holds(outcome.Result.Errno))
        {
            var wanted = expected.Errno is { } one ? $"{one}" : "an error";
            return $"I10: {NameOf(made)} answers {outcome.Result}, not {wanted}: {expected.Why}";
        }

        // A failure that may leave something behind leaves it to nobody's knowledge.
        _isLost = outcome.Result.Succeeded
            ? ChangesPasids(made) || made.Plan?.Verb == MockReplace && executor.Machine.MetCopyFault(outcome)
            : FailureExceptions.Allow(target.Spec, NameOf(made), outcome.Result.Errno);
        if (_isLost)
            return null;
        var wrong = outcome.Result.Succeeded ? Apply(made, executor) : null;
        return wrong is null ? null : $"I10: {NameOf(made)} {wrong}";
    }

    /// <summary>What is attached by a PASID the contract does not follow.</summary>
    private static bool ChangesPasids(PreparedCall made) =>
        made.Plan?.Verb
            is "IOMMU_TEST_OP_PASID_ATTACH"
                or "IOMMU_TEST_OP_PASID_REPLACE"
                or "IOMMU_TEST_OP_PASID_DETACH";

    private static string NameOf(PreparedCall made) => made.Plan?.Verb ?? made.Call.Kind.ToString().ToLowerInvariant();

    private Expectation Expect(PreparedCall made, ReadOnlySpan<byte> argument)
    {
        switch (made.Call.Kind)
        {
            case CallKind.Ioctl:
                return _files.TryGetValue(made.Descriptor, out var context)
                    ? _contract.Expect(made, argument, context)
                    : Expectation.None;
            case CallKind.Read or CallKind.Write or CallKind.Poll:
                return _queues.TryGetValue(made.Descriptor, out var queue)
                    ? QueueContract.Expect(made, queue)
                    : Expectation.None;
            case CallKind.Bind:
                return ExpectBind(made);
            case CallKind.Attach or CallKind.Replace:
                return ExpectMove(made);
            default:
                return Expectation.None;
        }
    }

    private Expectation ExpectBind(PreparedCall made)
    {
        var group = GroupOf(_devices[made.Call.Device].Options.Group);
        if (_devices[made.Call.Device].Options.Settings.GetValueOrDefault("coherent") == "no")
            return Expectation.Of(Errno.EINVAL, "DMA is not coherent");
        return group.Owner is not null && !ReferenceEquals(group.Owner, _files.GetValueOrDefault(made.Descriptor))
            ? Expectation.Of(Errno.EPERM, "another context owns the group")
            : Expectation.None;
    }

    private Expectation ExpectMove(PreparedCall made)
    {
        if (!_bound.TryGetValue(made.Bound!.Label, out var device))
            return Expectation.None;
        var group = device.Group!;
        var wanted = group.Owner!.Find(made.PtIdAsked);
        if (wanted is null)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        if (wanted.Kind != ModelKind.Ioas && !wanted.IsHwpt)
            return Expectation.Of(Errno.EINVAL, "the id is no page table");
        var attached = group.Attached.Contains(device);
        if (made.Call.Kind == CallKind.Replace)
        {
            if (!attached)
                return Expectation.Failure("the device is not attached");
            return ReferenceEquals(wanted, group.Hwpt)
                ? Expectation.Of(Errno.OK, "it is there already")
                : Expectation.None;
        }

        if (attached)
            return Expectation.Failure("the device is attached already");
        if (group.Hwpt is null || !wanted.IsHwpt)
            return Expectation.None;
        if (target.HasHwptFaults && ReferenceEquals(wanted, group.Hwpt))
            return Expectation.None; // What is mapped may lie where the device reserves.
        return ReferenceEquals(wanted, group.Hwpt)
            ? Expectation.Of(Errno.OK, "its group is there already")
            : Expectation.Of(Errno.EINVAL, "its group has another hwpt");
    }

    /// <summary>Takes over a success; answers what is wrong with the ids it returned.</summary>
    private string? Apply(PreparedCall made, SequenceExecutor executor)
    {
        var call = made.Call;
        switch (call.Kind)
        {
            case CallKind.Open:
                _files[made.MadeDescriptor] = new ModelContext();
                return null;
            case CallKind.Close:
                _files.Remove(made.Descriptor);
                if (_queues.Remove(made.Descriptor, out var closed))
                    closed.Referrers--;
                return null;
            case CallKind.Bind:
                return ApplyBind(made);
            case CallKind.Attach or CallKind.Replace:
                return _bound.TryGetValue(made.Bound!.Label, out var device)
                    ? ApplyMove(device.Group!.Owner!, device, made.PtIdAsked, made.PtId)
                    : null;
            case CallKind.Detach:
                if (_bound.TryGetValue(made.Bound!.Label, out var detached))
                    detached.Group!.Owner!.Detach(detached);
                return null;
            case CallKind.Unbind:
                ApplyUnbind(made.Bound!.Label);
                return null;
            default:
                return _files.TryGetValue(made.Descriptor, out var context)
                    ? ApplyIoctl(made, context, executor)
                    : null;
        }
    }

    private string? ApplyBind(PreparedCall made)
    {
        var context = _files[made.Descriptor];
        var declared = _devices[made.Call.Device];
        var id = made.MadeDevice!.Id;
        var expected = context.NextId();
        var device = Bind(context, GroupOf(declared.Options.Group), id, declared.Driver);
        _bound[made.Call.Label] = device;
        return id == expected ? null : "does not return the lowest free id";
    }

    private static ModelObject Bind(ModelContext context, ModelGroup group, uint id, string driver)
    {
        group.Owner = context;
        group.Bound++;
        var device = new ModelObject(ModelKind.Device, id)
        {
            Group = group,
            Driver = driver,
            Referrers = 1,
        };
        context.Add(device);
        return device;
    }

    private void ApplyUnbind(int label)
    {
        if (!_bound.Remove(label, out var device))
            return;
        Unbind(device.Group!.Owner!, device);
    }

    private static void Unbind(ModelContext context, ModelObject device)
    {
        context.Unbind(device);
        if (--device.Group!.Bound == 0)
            device.Group.Owner = null;
    }

    /// <summary>Attach and replace alike: afterwards the group is on the hwpt that was returned.</summary>
    private static string? ApplyMove(ModelContext context, ModelObject device, uint asked, uint got)
    {
        var wanted = context.Find(asked);
        var hwpt = context.Find(got);
        if (wanted is null)
            return null;
        if (wanted.IsHwpt && got != asked)
            return "returns another hwpt than it was given";
        if (hwpt is null)
        {
            if (got != context.NextId())
                return "does not return the lowest free id";
            hwpt = new ModelObject(ModelKind.Paging, got)
            {
                Below = wanted,
                IsAutomatic = true,
                Driver = device.Driver,
            };
            context.Add(hwpt);
        }
        else if (!wanted.IsHwpt && (!hwpt.IsAutomatic || !ReferenceEquals(hwpt.Below, wanted)))
        {
            return "returns a hwpt that is not of the IOAS";
        }

        if (device.Group!.Attached.Contains(device))
            context.Move(device.Group, hwpt);
        else
            ModelContext.Attach(device, hwpt);
        return null;
    }

    private string? ApplyIoctl(PreparedCall made, ModelContext context, SequenceExecutor executor)
    {
        var argument = new ArgumentReader(made, executor.SavedArgument);
        var label = made.Call.Label;
        uint Returned(string member) => (uint)executor.Machine.ResultOf(label, member);
        switch (made.Plan!.Verb)
        {
            case "IOMMU_IOAS_ALLOC":
                return Add(context, new ModelObject(ModelKind.Ioas, Returned("ioas")));
            case "IOMMU_HWPT_ALLOC":
                var below = context.Find(argument.Field("pt_id"));
                var kind = below is { IsHwpt: true } or { Kind: ModelKind.Viommu }
                    ? ModelKind.Nested
                    : ModelKind.Paging;
                var driver = context.Find(argument.Field("dev_id"))?.Driver ?? "";
                var hwpt = new ModelObject(kind, Returned("hwpt"))
                {
                    Below = below,
                    Driver = driver,
                    IsParent = (argument.Field("flags") & 1) != 0,
                    Also =
                        (argument.Field("flags") & 4) != 0 && argument.Has("fault_id")
                            ? context.Find(argument.Field("fault_id"))
                            : null,
                };
                return Add(context, hwpt);
            case "IOMMU_DESTROY":
                Destroy(context, context.Find(argument.Field("id")));
                return null;
            case "IOMMU_TEST_OP_MOCK_DOMAIN" or "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS":
                return AddMock(made, context, argument.Field("id"), Returned);
            case MockReplace:
                var offset = made.Plan.Fields["pt_id"].Offset;
                var got = BitConverter.ToUInt32(made.Argument!.Head[offset..]);
                return context.Find(argument.Field("id")) is { Device: { } mock }
                    ? ApplyMove(context, mock, argument.Field("pt_id"), got)
                    : null;
            default:
                return GuestContract.Make(made.Plan.Verb, argument, context, Returned) is { } obj
                    ? AddOfGuest(context, obj, executor.Machine.DescriptorOf(label))
                    : null;
        }
    }

    /// <summary>A queue comes with its descriptor, a hardware queue with an access behind its id.</summary>
    private string? AddOfGuest(ModelContext context, ModelObject obj, int descriptor)
    {
        if (obj.Kind is ModelKind.FaultQueue or ModelKind.Veventq)
            _queues[descriptor] = obj;
        var wrong = Add(context, obj);
        if (obj.Kind == ModelKind.HwQueue)
            context.Add(new ModelObject(ModelKind.Access, context.NextId()) { Of = obj, Referrers = 1 });
        return wrong;
    }

    private static string? AddMock(PreparedCall made, ModelContext context, uint wanted, Func<string, uint> returned)
    {
        if (made.Plan!.Ids.Length < 3)
            return null;
        var ordered = returned("stdev") == context.NextId() && returned("idev") == context.NextId(1);
        var device = Bind(context, new ModelGroup(), returned("idev"), "mock");
        var stdev = new ModelObject(ModelKind.Stdev, returned("stdev")) { Device = device, Group = device.Group };
        context.Add(stdev);
        return ApplyMove(context, device, wanted, returned("hwpt"))
            ?? (ordered ? null : "does not return the lowest free ids");
    }

    private static string? Add(ModelContext context, ModelObject obj)
    {
        var expected = context.NextId();
        context.Add(obj);
        return obj.Id == expected ? null : "does not return the lowest free id";
    }

    private static void Destroy(ModelContext context, ModelObject? obj)
    {
        if (obj is null)
            return;
        context.Remove(obj);
        if (obj.Kind == ModelKind.HwQueue && context.AccessOf(obj) is { } access)
            context.Remove(access);
        if (obj.Device is not { } device)
            return;
        context.Detach(device);
        Unbind(context, device);
    }

    private ModelGroup GroupOf(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
            _groups.Add(name, group = new ModelGroup());
        return group;
    }
}
