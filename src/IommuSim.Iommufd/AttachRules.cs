using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// What kernels do differently when a device is attached, replaced or detached; the common course is in
/// <see cref="DeviceAttach"/>.
/// </summary>
/// <param name="Name">As <c>show</c> prints it.</param>
public sealed record AttachRules(string Name)
{
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
    public Func<HwPagetable, HwPagetable, HwPagetable> UnreservesOnSuccess { get; init; } =
        static (old, _) => old;

    /// <summary>Until 6.7, attach and replace also turn on cache coherency.</summary>
    public bool EnforcesCoherencyAtAttach { get; init; }

    /// <summary>Whether a replace looks for something to replace before it follows the pointer.</summary>
    public bool RefusesReplaceOfNothing { get; init; } = true;

    /// <summary>Whether an automatic hwpt gets its id before the IOAS is unlocked, so that nobody sees it without.</summary>
    public bool PublishesUnderMutex { get; init; } = true;
}

/// <summary>See <see cref="AttachRules.AllocateAutomatic"/>.</summary>
public delegate Errno AllocateAutomaticOp(
    Ioas ioas,
    IommufdDevice idev,
    bool immediateAttach,
    out HwPagetable hwpt
);
