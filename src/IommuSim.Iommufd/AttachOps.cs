using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// Attaching by device and PASID, in kernels whose functions are not those of <see cref="DeviceAttach"/>.
/// </summary>
/// <param name="Attach">See <see cref="DeviceAttach.Attach(IommufdDevice, ref uint)"/>.</param>
/// <param name="Replace">See <see cref="DeviceAttach.Replace(IommufdDevice, ref uint)"/>.</param>
/// <param name="Detach">Does nothing when nothing of the group is attached.</param>
public sealed record AttachOps(
    ChangeAttachmentOp Attach,
    ChangeAttachmentOp Replace,
    Action<IommufdDevice, uint> Detach
);

/// <summary>Attaches or moves a device, or one PASID of it, 0 meaning the device itself.</summary>
public delegate Errno ChangeAttachmentOp(IommufdDevice idev, uint pasid, ref uint ptId);
