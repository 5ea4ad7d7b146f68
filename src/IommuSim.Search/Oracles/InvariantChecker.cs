using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// What holds in any kernel whenever no call is under way. Looks only at what the modelled objects
/// say of themselves, never at how they came there. Nothing is judged once a task has died in the
/// kernel: its references are lost, and its death was reported. Nothing is judged of a kernel of another make, whose
/// objects cannot be seen.
/// </summary>
internal static class InvariantChecker
{
    /// <summary>The observable state, to be compared with that after a call.</summary>
    public static StateSnapshot Snapshot(IKernel kernel)
    {
        var snapshot = new StateSnapshot();
        if (kernel is IommufdKernel inside)
            snapshot.Take(inside);
        return snapshot;
    }

    /// <summary>Adds every violation of a state invariant: I1, I2, I4 to I7, I9, I12, I14 to I16.</summary>
    public static void Check(IKernel kernel, List<Violation> found)
    {
        if (kernel is not IommufdKernel inside)
            return;
        foreach (var context in inside.Contexts)
        {
            if (context.Freed)
            {
                found.Add("I2", "a released context is still in use");
                continue;
            }

            ObjectGraph.Check(context, found);
            GroupRules.Check(context, found);
            ReservationRules.Check(inside, context, found);
        }

        if (inside.HasIoctl(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC))
            QueueRules.Check(inside, found);
    }

    /// <summary>
    /// I3: a call that failed left everything as it was. What a kernel documents to remain is in the call's
    /// <see cref="IoctlContract.Remains"/>, which callers ask first.
    /// </summary>
    public static void CheckFailedCall(StateSnapshot before, StateSnapshot after, List<Violation> found)
    {
        if (before.FirstDifference(after) is { } aspect)
            found.Add("I3", $"a failed call changed {Describe(aspect)}");
    }

    /// <summary>As the other overload, and takes the state after the call itself.</summary>
    public static void CheckFailedCall(StateSnapshot before, IKernel after, List<Violation> found) =>
        CheckFailedCall(before, Snapshot(after), found);

    /// <summary>I12: what a hwpt promises of its mappings does not change after it was made.</summary>
    public static void CheckAnyCall(StateSnapshot before, StateSnapshot after, List<Violation> found)
    {
        if (before.CoherencyChanged(after))
            found.Add("I12", "the cache coherency of a hwpt changed in its life");
    }

    /// <summary>I7: only what is attached can be moved.</summary>
    public static void CheckReplaced(IommufdDevice device, List<Violation> found)
    {
        if (!device.Group.Devices.Contains(device))
            found.Add("I7", "a replace succeeded for a device that is not attached");
    }

    /// <summary>A violation by its number and text.</summary>
    internal static void Add(this List<Violation> found, string invariant, string text) =>
        found.Add(new Violation(invariant, text));

    private static string Describe(Aspect aspect) =>
        aspect switch
        {
            Aspect.Objects => "which objects there are",
            Aspect.Users => "the users of an object",
            Aspect.Reservations => "the reserved ranges of an IOAS",
            Aspect.Domains => "the domains of an IOAS",
            Aspect.Mappings => "what an IOAS maps",
            Aspect.Hwpts => "a hwpt",
            Aspect.Coherency => "the cache coherency of a hwpt",
            Aspect.Groups => "the attachment of a group",
            Aspect.Devices => "the domain of a device",
            Aspect.Events => "what a queue holds",
            Aspect.Guests => "what a guest has of a vIOMMU",
            Aspect.Descriptors => "the descriptors of the process",
            Aspect.Options => "an option of a context",
            Aspect.Memory => "how much the kernel has allocated",
            _ => throw new ArgumentOutOfRangeException(nameof(aspect)),
        };
}

/// <summary>An invariant that does not hold. The text has no ids, so that violations merge.</summary>
/// <param name="Invariant">Its number in the catalogue, <c>I6</c>.</param>
/// <param name="Text">What is the case and should not be.</param>
internal sealed record Violation(string Invariant, string Text)
{
    /// <summary>As findings are titled.</summary>
    public string Title => $"{Invariant}: {Text}";
}
