using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>Which calls may race, and which are worth it.</summary>
internal static class RaceRules
{
    /// <summary>Bytes that a call of a race may have behind a pointer.</summary>
    private const ulong LargestMemory = 1 << 16;

    public static bool IsConcurrent(Call call) => IsPlain(call) && call.Kind is not (CallKind.Open or CallKind.Close);

    /// <summary>Nothing about it is huge or goes wrong on purpose.</summary>
    public static bool IsPlain(Call call) =>
        call.Place == StructPlace.Good
        && !call.IsOfChild
        && call.Fields.All(f => f.Value.Memory is not { } memory || memory.Size <= LargestMemory)
        && call.Fields.All(f => f.Name is not ("entry_num" or "req_num") || f.Value.Number < 16);

    /// <summary>
    /// VFIO makes one call at a time on a device. A driver drains what its device raised before it lets go of a
    /// domain; the selftest does it for the mock by a lock of its own; nothing does under VFIO.
    /// </summary>
    public static bool AreSerialised(Call one, Call other) =>
        one.Bound != 0 && one.Bound == other.Bound
        || one.Bound != 0 && RaisesFault(other)
        || other.Bound != 0 && RaisesFault(one)
        || one.Kind == CallKind.Bind && other.Kind == CallKind.Bind && one.Device == other.Device;

    private static bool RaisesFault(Call call) => IoctlTopics.Draws.Of(call.Verb).Raises == ObjectKind.FaultQueue;

    /// <summary>They name a common object, or concern devices that may share a group.</summary>
    public static bool AreRelated(Call one, Call other)
    {
        if (IsOnDevice(one) && IsOnDevice(other))
            return true;
        foreach (var mine in Named(one))
        {
            if (Named(other).Contains(mine))
                return true;
        }

        return false;
    }

    private static bool IsOnDevice(Call call) => call.Bound != 0 || call.Kind == CallKind.Bind;

    private static IEnumerable<(int, string?)> Named(Call call)
    {
        foreach (var (_, value) in call.Fields)
        {
            if (value.Label != 0)
                yield return (value.Label, value.Member);
        }

        if (call.Bound != 0)
            yield return (call.Bound, "idev");
    }
}
