using IommuSim.Iommufd;
using IommuSim.Iommufd.Mappings;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// What every IOAS maps, allows and reserves, as the uAPI documents it: names the first answer of a call that the
/// documentation does not allow, and the first thing in which the kernel's page tables differ from it. Which objects
/// there are and where devices are attached is taken from the kernel, where other oracles judge it; what the calls map,
/// unmap and allow is followed here alone. Of a kernel that cannot be looked into the answers alone are judged:
/// <paramref name="unseen"/> has its objects, and it is asked itself what can be mapped.
/// </summary>
/// <param name="lives">The contract of the objects' lives, which knows the accesses.</param>
internal sealed class MappingModel(
    SequenceMachine machine,
    ContractTable contracts,
    LifeCycleModel lives,
    UnseenIoases? unseen = null
)
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>For calls that name what they need themselves.</summary>
    private static readonly ModelContext s_noObjects = new();

    private readonly List<IoasModel> _models = [];
    private readonly Stack<IoasModel> _spare = new();
    private readonly Dictionary<object, DirtyModel> _dirty = new(ReferenceEqualityComparer.Instance);
    private readonly List<IommufdObject> _others = [];
    private readonly MappingComparison _comparison = new();

    /// <summary>What the call that is judged is about.</summary>
    private readonly List<IoasModel> _named = [];

    /// <summary>What the call that is judged maps, in order; their addresses are those of the source.</summary>
    public List<MappedPiece> Slices { get; } = [];

    /// <summary>Every IOAS of an open file.</summary>
    public IReadOnlyList<IoasModel> Ioases => _models;

    /// <summary>The pages that are pinned.</summary>
    public PinnedPages Pins { get; } = new();

    /// <summary>The ranges that it passes, or is to return.</summary>
    public List<AddressRange> Ranges { get; } = [];

    /// <summary>What was expected of the call that was judged last; nothing where it is not about mappings.</summary>
    public Expectation Expected { get; private set; }

    /// <summary>Begins a sequence on the machine, which has just booted.</summary>
    public void Start()
    {
        foreach (var model in _models)
            _spare.Push(model);
        _models.Clear();
        _dirty.Clear();
        Pins.Start();
    }

    /// <summary>What was written to in a hwpt; null for one that never tracked.</summary>
    public DirtyModel? DirtyOf(MappedHwpt hwpt) => _dirty.GetValueOrDefault(hwpt.Key);

    /// <summary>The same of one that tracks now or did.</summary>
    public DirtyModel Track(MappedHwpt hwpt) => DirtyOf(hwpt) ?? (_dirty[hwpt.Key] = new DirtyModel());

    /// <summary>
    /// What is wrong after a call whose struct was <paramref name="argument"/>, or null; the call's answer first.
    /// </summary>
    public string? Judge(PreparedCall made, ReadOnlySpan<byte> argument, in StepOutcome outcome)
    {
        Expected = Expectation.None;
        if (unseen is not null)
            return JudgeUnseen(unseen, made, argument, outcome);
        Follow();
        var wrong = (string?)null;
        if (RuleOf(made) is { } rule && machine.Kernel.FileOf(made.Descriptor) is { } context && IsRead(made, argument))
        {
            var file = new SeenFile(context, this);
            var ioctl = new IoctlMade(made, argument, machine, s_noObjects)
            {
                Accesses = lives.IsLost ? null : lives.Accesses,
                MetFailure = outcome.Injected,
            };
            if (!rule.NeedsAccesses || ioctl.Accesses is not null)
                wrong = JudgeSeen(rule, new MappingCall(ioctl, this, file, machine), outcome);
        }

        return wrong ?? Compare();
    }

    private string? JudgeSeen(MappingRule rule, in MappingCall call, in StepOutcome outcome)
    {
        if (IsLost(rule, call, outcome))
            return null;
        return outcome.Injected ? JudgeInjected(rule, call, outcome) : Judge(rule, call, outcome);
    }

    /// <summary>
    /// Whether something that the call is about is not known, and all of it from now on. Of an answer that cannot be
    /// copied it may not be known whether something was done.
    /// </summary>
    private bool IsLost(MappingRule rule, in MappingCall call, in StepOutcome outcome)
    {
        _named.Clear();
        rule.Name(call, _named);
        var isLost = _named.Exists(static ioas => ioas.IsLost);
        if (isLost || IsUntold(rule, call, outcome))
            _named.ForEach(static ioas => ioas.IsLost = true);
        return isLost;
    }

    private static bool IsUntold(MappingRule rule, in MappingCall call, in StepOutcome outcome) =>
        (call.IsReadOnly || call.MetFailure)
        && rule.Responds
        && outcome.Result.Errno == Errno.EFAULT
        && rule.Expect(call).Errno is null;

    /// <summary>The model of the IOAS that an access is on; null for one of a file that is closed.</summary>
    public IoasModel? Of(ModelAccess access)
    {
        if (access.Ioas is not { } ioas)
            return null;
        if (unseen is not null)
            return Of(ioas);
        foreach (var (descriptor, context) in lives.Files)
        {
            if (ReferenceEquals(context, access.Context))
                return machine.Kernel.FileOf(descriptor)?.Objects.Find(ioas.Id) is Ioas seen ? Of(seen) : null;
        }

        return null;
    }

    /// <summary>The model of the IOAS, or null when it is none of an open file.</summary>
    public IoasModel? Of(object ioas)
    {
        foreach (var model in _models)
        {
            if (ReferenceEquals(model.Key, ioas))
                return model;
        }

        return null;
    }

    /// <summary>
    /// Brings up to date, before a call, what a kernel that cannot be looked into has and what it lets map.
    /// </summary>
    public void Look(PreparedCall made)
    {
        if (unseen is not { IsLost: false } || RuleOf(made) is null)
            return;
        foreach (var model in _models)
            model.IsThere = false;
        foreach (var context in unseen.Contexts)
            Follow(context);
        DropOthers();
        unseen.Ask(made, this);
    }

    private string? JudgeUnseen(
        UnseenIoases kernel,
        PreparedCall made,
        ReadOnlySpan<byte> argument,
        in StepOutcome outcome
    )
    {
        if (made.Call.Kind == CallKind.Close && kernel.FilesAreHeld)
            Pins.Lose();
        if (kernel.FileOf(made, this) is not { } file || made.Plan is null || !IsRead(made, argument))
            return null;
        if (RuleOf(made) is not { } rule)
            return null;
        var ioctl = new IoctlMade(made, argument, machine, s_noObjects)
        {
            Accesses = kernel.Accesses,
            MetFailure = outcome.Injected,
        };
        var call = new MappingCall(ioctl, this, file, machine);
        if (IsLost(rule, call, outcome))
            return null;
        var wrong = outcome.Injected ? JudgeInjected(rule, call, outcome) : Judge(rule, call, outcome);
        if (!outcome.Result.Succeeded && outcome.Result.Errno == Errno.EFAULT && rule is OptionRule)
            Pins.Lose();
        // Of what a failure on purpose has left behind only this is known.
        if (
            outcome.Injected
            && !outcome.Result.Succeeded
            && (outcome.Result.Errno != Errno.ENOMEM || rule is UnmapRule)
        )
            _named.ForEach(static ioas => ioas.IsLost = true);
        return wrong;
    }

    /// <summary>Of an ioctl that is not modelled there is nothing to judge.</summary>
    private MappingRule? RuleOf(PreparedCall made) =>
        made.Plan is { IsModelled: true } ? contracts.Of(made.Call.Name).Mapping : null;

    private string? Judge(MappingRule rule, in MappingCall call, in StepOutcome outcome)
    {
        var expected = rule.Expect(call);
        var answer = outcome.Result.Errno;
        var isUntold = expected.Errno == Errno.OK && rule.Responds && call.IsReadOnly;
        if (isUntold)
            expected = Expectation.Of(Errno.EFAULT, "its answer cannot be copied");
        Expected = expected;
        if (!expected.Holds(answer))
            return expected.TitleFor(call.Name, outcome.Result);
        if (answer == Errno.OK || isUntold)
            return Say(call, rule.Succeed(call, isTold: !isUntold));
        return Say(call, rule.Fail(call, answer));
    }

    /// <summary>
    /// A fault on purpose may come before or after the work; nothing else may make a success of what must fail.
    /// </summary>
    private string? JudgeInjected(MappingRule rule, in MappingCall call, in StepOutcome outcome)
    {
        var expected = rule.Expect(call);
        var answer = outcome.Result.Errno;
        if (answer == Errno.OK)
            return expected.Holds(answer)
                ? Say(call, rule.Succeed(call, isTold: true))
                : expected.TitleFor(call.Name, outcome.Result);
        rule.Lose(call);
        if (answer == Errno.EFAULT && expected.Errno == Errno.OK && rule.Responds && unseen is null)
            return Compare() is null ? null : Say(call, rule.Succeed(call, isTold: false));
        return answer == expected.Errno ? Say(call, rule.Fail(call, answer)) : null;
    }

    /// <summary>Whether the handler sees the struct: what its place and size decide comes before.</summary>
    private static bool IsRead(PreparedCall made, ReadOnlySpan<byte> argument)
    {
        var plan = made.Plan!;
        if (made.Argument is null || made.Call.Place is StructPlace.Unmapped || made.UserSize < (ulong)plan.MinSize)
            return false;
        return plan.IsOfContainer || made.UserSize <= (ulong)plan.Size || argument[plan.Size] == 0;
    }

    private static string? Say(in MappingCall call, string? wrong) =>
        wrong is null ? null : $"I11: {call.Name} {wrong}";

    private string? Compare()
    {
        foreach (var model in _models)
        {
            if (!model.IsLost && _comparison.Differs(model) is { } difference)
                return difference;
        }

        return null;
    }

    /// <summary>Brings up to date which IOASes there are, and their hw_pagetables, devices and queues.</summary>
    private void Follow()
    {
        foreach (var model in _models)
            model.IsThere = false;
        var contexts = machine.Kernel.Contexts;
        for (var i = 0; i < contexts.Count; i++)
        {
            if (!contexts[i].Freed)
                Follow(contexts[i]);
        }

        DropOthers();
    }

    /// <summary>Of an open file of a kernel that cannot be looked into.</summary>
    private void Follow(ModelContext context)
    {
        foreach (var obj in context.Objects)
        {
            if (obj.Kind == ObjectKind.Ioas)
                (Of(obj) ?? Begin(obj)).Vacate();
        }

        foreach (var obj in context.Objects)
        {
            if (obj is { Kind: ObjectKind.Paging, Below: { } ioas } && Of(ioas) is { } translated)
                translated.UnseenDomains++;
            if (obj is { Kind: ObjectKind.HwQueue, Memory: { } memory, Below.Below.Below: { } mapped })
                Of(mapped)?.Lock(PagesOf(memory.Start, memory.Last));
        }
    }

    private void DropOthers()
    {
        for (var i = _models.Count - 1; i >= 0; i--)
        {
            if (_models[i].IsThere)
                continue;
            _spare.Push(_models[i]);
            _models.RemoveAt(i);
        }
    }

    private void Follow(IommufdContext context)
    {
        var objects = context.Objects;
        _others.Clear();
        for (uint id = 1; id <= objects.LastUsed; id++)
        {
            if (objects.Find(id) is not { Freed: false } obj)
                continue;
            if (obj is Ioas ioas)
                (Of(ioas) ?? Begin(ioas)).Vacate();
            else
                _others.Add(obj);
        }

        foreach (var obj in _others)
        {
            switch (obj)
            {
                case HwPagetable { Parent: null, Viommu: null, Ioas: { } ioas, Domain: { } domain }:
                    Of(ioas)?.AddDomain(domain);
                    break;
                case IommufdDevice device:
                    FollowDevice(context.Kernel.Spec.Attach, device);
                    break;
                case IommufdAccess { Ops.NeedsPinPages: true, Ioas: { } ioas }:
                    Of(ioas)?.AddPinningAccess();
                    break;
                case HwQueue { Viommu.Hwpt.Ioas: { } ioas } queue:
                    Of(ioas)?.Lock(PagesOf(queue.BaseAddress, queue.BaseAddress + (queue.Length - 1)));
                    break;
            }
        }
    }

    private static AddressRange PagesOf(ulong first, ulong last) =>
        new(first - (first % PageSize), last | (PageSize - 1));

    private IoasModel Begin(object ioas)
    {
        var model = _spare.Count > 0 ? _spare.Pop() : new IoasModel();
        model.Begin(ioas);
        _models.Add(model);
        return model;
    }

    private void FollowDevice(AttachRules rules, IommufdDevice device)
    {
        if (device.Group.Hwpt is not { Freed: false } hwpt || !device.Group.Devices.Contains(device))
            return;
        if (rules.ReservesIn(hwpt) is not { } ioas || Of(ioas) is not { } model)
            return;
        foreach (var region in device.Device.ReservedRegions)
        {
            if (region.Kind != Iommu.ReservedKind.DirectRelaxable)
                model.Reserve(new AddressRange(region.Start, region.Last, device.Device));
        }
    }
}
