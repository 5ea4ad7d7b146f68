using System.Collections.Immutable;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Findings;

/// <summary>
/// Which devices of a sequence a C program has as mock devices of IOMMU_TEST_CMD, so that it needs no VFIO device.
/// </summary>
internal sealed class MockDevices
{
    private readonly SearchTarget _target;
    private readonly CallSequence _sequence;
    private readonly string?[] _reasons;

    public MockDevices(SearchTarget target, CallSequence sequence)
    {
        (_target, _sequence) = (target, sequence);
        CanDetach = target.Plans.ContainsKey(PasidTopics.Attach) && target.Plans.ContainsKey(PasidTopics.Detach);
        _reasons = [.. Enumerable.Range(0, sequence.Devices.Length).Select(WhyNot)];
        var groups = Mocks.GroupBy(GroupOf, StringComparer.Ordinal).ToList();
        if (groups.TrueForAll(group => group.Count() == 1))
            return;
        // Either each mock device has a group of its own, or all share one.
        IsShared = groups.Count == 1 && !sequence.Calls.Any(call => call.Verb is not "" && IsPlug(call.Verb));
        foreach (var device in groups.Where(group => group.Count() > 1 && !IsShared).SelectMany(group => group))
            _reasons[device] = "of a group beside which there are others";
    }

    /// <summary>The kernel can attach a mock device later than it makes it, and detach it.</summary>
    public bool CanDetach { get; }

    /// <summary>All mock devices are of one group, which a kernel must be built for.</summary>
    public bool IsShared { get; }

    public bool Any => Mocks.Any();

    /// <summary>Why a device is left to VFIO; null for one that is not.</summary>
    public string? ReasonOf(int device) => _reasons[device];

    public bool IsMock(int device) => _reasons[device] is null;

    /// <summary>Whether the device of a bind is one.</summary>
    public bool IsBoundMock(int label) =>
        _sequence.Calls.FirstOrDefault(call => call.Kind == CallKind.Bind && call.Label == label) is { } bind
        && IsMock(bind.Device);

    /// <summary>The flags with which it is made.</summary>
    public uint FlagsOf(int device) => Flags(_sequence.Devices[device].Options.Settings) ?? 0;

    private IEnumerable<int> Mocks => Enumerable.Range(0, _reasons.Length).Where(IsMock);

    private string GroupOf(int device) => _sequence.Devices[device].Options.Group;

    internal static bool IsPlug(string verb) => verb is MockDeviceTopics.Plug or MockDeviceTopics.PlugWithFlags;

    private string? WhyNot(int device)
    {
        var (driver, options) = _sequence.Devices[device];
        if (driver != "mock")
            return $"behind {driver}";
        var plug = Flags(options.Settings) is 0 ? MockDeviceTopics.Plug : MockDeviceTopics.PlugWithFlags;
        if (!options.Reserved.IsEmpty || Flags(options.Settings) is null)
            return "as no mock device of Linux is";
        if (!_target.Plans.TryGetValue(plug, out var plan) || plan.Ids.Length < 3)
            return "that this kernel's IOMMU_TEST_CMD cannot make";
        return OrderAllows(device) ? null : "bound, detached or let go in an order that IOMMU_TEST_CMD does not have";
    }

    /// <summary>MOCK_FLAGS_DEVICE_*; null for settings that no flag has.</summary>
    private static uint? Flags(ImmutableDictionary<string, string> settings)
    {
        uint flags = 0;
        foreach (var (name, value) in settings)
        {
            switch (name, value)
            {
                case ("dirty", "no"):
                    flags |= Uapi.SelftestConstants.MOCK_FLAGS_DEVICE_NO_DIRTY;
                    break;
                case ("huge", "yes"):
                    flags |= Uapi.SelftestConstants.MOCK_FLAGS_DEVICE_HUGE_IOVA;
                    break;
                case ("pasid", "yes"):
                    flags |= Uapi.SelftestConstants.MOCK_FLAGS_DEVICE_PASID;
                    break;
                case ("unit", _):
                    break;
                default:
                    return null;
            }
        }

        return flags;
    }

    /// <summary>
    /// A mock device exists while it is bound, belongs to the descriptor that made it, and without PASID operations is
    /// detached only when it goes.
    /// </summary>
    private bool OrderAllows(int device)
    {
        var bound = 0;
        var file = -1;
        var isLast = false;
        var isAttached = false;
        foreach (var call in _sequence.Calls)
        {
            if (call.Kind == CallKind.Close && call.File == file)
                (file, isLast) = (-1, true);
            if (call.Kind == CallKind.Bind && call.Device == device)
            {
                if (bound != 0)
                    return false;
                (bound, file, isLast, isAttached) = (call.Label, call.File, false, false);
            }
            else if (bound != 0 && call.Bound == bound)
            {
                if (file < 0 || (isLast && call.Kind != CallKind.Unbind))
                    return false;
                // Without PASID operations the first attach is a replace, and a second one would be no attach.
                if (
                    !CanDetach
                    && (call.Kind == CallKind.Attach ? isAttached : call.Kind == CallKind.Replace && !isAttached)
                )
                    return false;
                isAttached |= call.Kind == CallKind.Attach;
                isLast = call.Kind == CallKind.Detach && !CanDetach;
                if (call.Kind == CallKind.Unbind)
                    (bound, file) = (0, -1);
            }
            else if (isLast && file >= 0)
            {
                // Detached in the sequence, and still attached in the program.
                return false;
            }
        }

        return true;
    }
}
