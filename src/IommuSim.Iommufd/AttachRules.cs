using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// What kernels do differently when a device is attached, replaced or detached; the common course is in
/// <see cref="DeviceAttach"/>.
/// </summary>
/// <param name="Name">As <c>show</c> prints it.</param>
public sealed record AttachRules(string Name)
{
    /// <summary>6.12 and later: functions of their own; the rules here that they follow are in their comments.</summary>
    public AttachOps? Ops { get; init; }

    /// <summary>
    /// Makes and publishes nothing: a hwpt for an attach to an IOAS, linked and attached when asked to.
    /// </summary>
    public required AllocateAutomaticOp AllocateAutomatic { get; init; }

    /// <summary>The IOAS that takes the reserved ranges of a device attached to this hwpt; null for none.</summary>
    public required Func<HwPagetable, Ioas?> ReservesIn { get; init; }

    /// <summary>The hwpt that must force coherency when a device attaches to this one.</summary>
    public Func<HwPagetable, HwPagetable> CoherencyOf { get; init; } = static hwpt => hwpt;

    /// <summary>The hwpt that needs the MSI window when a device attaches to this one; null for none.</summary>
    public Func<HwPagetable, HwPagetable?> MsiOf { get; init; } = static hwpt => hwpt;

    /// <summary>
    /// The IOAS that loses the devices' reservations when the driver refuses a replace, given old and
    /// new; a failure before that empties the new one's.
    /// </summary>
    public required Func<HwPagetable, HwPagetable, Ioas?> UnreservesOnFailure { get; init; }

    /// <summary>The hwpt whose IOAS loses them when a replace succeeds, given old and new.</summary>
    public Func<HwPagetable, HwPagetable, HwPagetable> UnreservesOnSuccess { get; init; } = static (old, _) => old;

    /// <summary>Until 6.7, attach and replace also turn on cache coherency.</summary>
    public bool EnforcesCoherencyAtAttach { get; init; }

    /// <summary>Whether a replace looks for something to replace before it follows the pointer.</summary>
    public bool RefusesReplaceOfNothing { get; init; } = true;

    /// <summary>Whether an automatic hwpt gets its id before the IOAS is unlocked, so that nobody sees it without.</summary>
    public bool PublishesUnderMutex { get; init; } = true;

    /// <summary>
    /// Whether an attach to an IOAS holds the group's lock until its new hwpt is filled and published, so
    /// that no other call of the group's devices meets it half made.
    /// </summary>
    public bool CompletesUnderGroupLock { get; init; }

    /// <summary>
    /// 7.3: whether a bind makes the device's object before it asks anything, so that ENOMEM wins; older kernels
    /// make it last.
    /// </summary>
    public bool AllocatesDeviceFirst { get; init; }

    /// <summary>Whether detach reads the group's hwpt under the group's lock; from 6.15 on.</summary>
    public bool ReadsHwptUnderLock { get; init; }

    /// <summary>Whether a failed replace leaves an IOAS alone in which it reserved nothing.</summary>
    public bool UnwindsOnlyWhatItReserved { get; init; }

    /// <summary>Whether a replace looks if this very device is attached; from 6.15 on.</summary>
    public bool RefusesReplaceOfUnattached { get; init; }

    /// <summary>Whether a second attach of a device is EBUSY; until 6.15 it links a linked node.</summary>
    public bool RefusesSecondAttach { get; init; }

    /// <summary>
    /// Whether the functions see to the device themselves, as their caller VFIO does for them: they hold it,
    /// detach nothing that is not attached, and detach before they unbind.
    /// </summary>
    public bool GuardsDevices { get; init; }

    /// <summary>
    /// Whether a domain that delivers page faults is refused, EINVAL, for a group of several devices. 6.12 turns
    /// faults on for the device that attaches first and off for the one that detaches last.
    /// </summary>
    public bool DeliversFaultsOfOneDevice { get; init; }

    /// <summary>6.2 only: attaching to a hwpt by its id adds it to the IOAS's list once more.</summary>
    public bool LinksExplicitHwpt { get; init; }

    /// <summary>Whether detach puts the old hwpt, which may be its end, with the group's lock held.</summary>
    public bool PutsUnderGroupLock { get; init; }
}

/// <summary>See <see cref="AttachRules.AllocateAutomatic"/>.</summary>
public delegate Errno AllocateAutomaticOp(Ioas ioas, IommufdDevice idev, bool immediateAttach, out HwPagetable hwpt);
