using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// Where releases differ when a device is bound, attached, replaced or detached; the steps themselves are in
/// <see cref="DeviceBind"/> and <see cref="DeviceAttach"/>.
/// </summary>
/// <param name="Name">As <c>show</c> prints it.</param>
internal sealed record AttachRules(string Name)
{
    public BindOp Bind { get; init; } = DeviceBind.AllocateThenClaim;

    public required AllocateAutomaticOp AllocateAutomatic { get; init; }

    /// <summary>The step in which the domain changes.</summary>
    public required DomainAttach Domains { get; init; }

    /// <summary>The IOAS that takes the reserved ranges of a device attached to this hwpt; null for none.</summary>
    public Func<HwPagetable, Ioas?> ReservesIn { get; init; } = static hwpt => (hwpt.Parent ?? hwpt).Ioas;

    /// <summary>The hwpt whose coherency an attach turns on, see <see cref="Bug.A14"/>.</summary>
    public Func<HwPagetable, HwPagetable> CoherencyOf { get; init; } = static hwpt => hwpt.Parent ?? hwpt;

    /// <summary>7.3: the attached devices of a group are in an array by id; before, in a list by time.</summary>
    public bool HasDeviceArrays { get; init; }
}

/// <summary>Binds a device to a context: see <see cref="DeviceBind.Bind"/>.</summary>
internal delegate Errno BindOp(IommufdContext context, IommuDevice device, out IommufdDevice idev);

/// <summary>
/// Allocates the hwpt behind an attach to an IOAS, attached if <paramref name="attaching"/> is given, and linked to
/// the IOAS; does not publish it. The caller holds the IOAS's mutex.
/// </summary>
internal delegate Errno AllocateAutomaticOp(
    Ioas ioas,
    IommufdDevice idev,
    HwptAttaching? attaching,
    out HwPagetable hwpt
);

/// <summary>What a hwpt is allocated for: an attach or a replace of a device.</summary>
/// <param name="HoldsGroup">The caller holds the lock of the device's group.</param>
/// <param name="Attach">
/// Attaches the device before the domain is in the I/O page table, for drivers that complete it only then; C's
/// immediate_attach. Null for a replace.
/// </param>
/// <param name="Detach">Undoes it.</param>
internal sealed record HwptAttaching(bool HoldsGroup, Func<HwPagetable, Errno>? Attach = null, Action? Detach = null);
