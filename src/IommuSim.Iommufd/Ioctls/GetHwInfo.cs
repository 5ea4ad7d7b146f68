using IommuSim.Iommu;
using IommuSim.Kernel.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_GET_HW_INFO as merged: always succeeds for a device, says NONE where the driver has nothing to say,
/// and returns the kernel's length whatever the caller's is.
/// </summary>
public static class GetHwInfo
{
    /// <summary>Linux 6.7: with out_capabilities.</summary>
    public static IoctlRow Row { get; } =
        IoctlRow.For<HwInfo67>(
            IoctlNumber.IOMMU_GET_HW_INFO,
            nameof(IoctlNumber.IOMMU_GET_HW_INFO),
            32,
            ucmd =>
                Handle(
                    ucmd,
                    static (cmd, device) =>
                        cmd.Command<HwInfo67>().OutCapabilities = CapabilitiesOf(device)
                )
        );

    /// <summary>Linux 6.6: without.</summary>
    public static IoctlRow RowWithoutCapabilities { get; } =
        IoctlRow.For<HwInfo66>(
            IoctlNumber.IOMMU_GET_HW_INFO,
            nameof(IoctlNumber.IOMMU_GET_HW_INFO),
            32,
            ucmd => Handle(ucmd, static (_, _) => { })
        );

    // Models drivers/iommu/iommufd/device.c:iommufd_get_hw_info(), v6.6 to v6.8.
    private static Errno Handle(Ucmd ucmd, Action<Ucmd, IommuDevice> addCapabilities)
    {
        ref var cmd = ref ucmd.Command<HwInfo66>();
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Describe(ucmd, ref cmd, idev.Device);
        if (rc == Errno.OK)
        {
            addCapabilities(ucmd, idev.Device);
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno Describe(Ucmd ucmd, ref HwInfo66 cmd, IommuDevice device)
    {
        const string Site = "iommufd_get_hw_info";
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var length = 0;
        cmd.OutDataType = HwInfoType.IOMMU_HW_INFO_TYPE_NONE;
        if (device.Ops.HwInfo is { } describe)
        {
            var rc = describe(device, data, out length, out var type);
            if (rc != Errno.OK)
                return rc;
            if (
                ucmd.Machine.WarnOnOnce(
                    type == HwInfoType.IOMMU_HW_INFO_TYPE_NONE,
                    Site,
                    "hw_info names no type"
                )
            )
                return Errno.ENODEV;
            cmd.OutDataType = type;
        }

        var copied = (int)Math.Min(cmd.DataLen, (uint)length);
        if (ucmd.Machine.CopyToUser(cmd.DataUptr, data[..copied]) != Errno.OK)
            return Errno.EFAULT;
        var tail = cmd.DataLen - (uint)copied;
        if (tail != 0 && ucmd.Machine.ClearUser(cmd.DataUptr + (ulong)copied, tail) != 0)
            return Errno.EFAULT;
        cmd.DataLen = (uint)length;
        return Errno.OK;
    }

    private static ulong CapabilitiesOf(IommuDevice device) =>
        device.DirtyTracking ? HwCapabilities.IOMMU_HW_CAP_DIRTY_TRACKING : 0;
}
