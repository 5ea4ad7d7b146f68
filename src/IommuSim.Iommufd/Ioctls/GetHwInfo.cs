using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_GET_HW_INFO from 6.12.117 to 7.3: always succeeds for a device. Returns type NONE for a driver without the op,
/// the kernel's length for any caller's length, and the width of a device's PASIDs.
/// </summary>
internal static class GetHwInfo
{
    private const string Site = "iommufd_get_hw_info";

    /// <summary>6.12: the caller's byte in the field of the PASID width is not checked.</summary>
    public static IoctlRow Row612 { get; } =
        IoctlRow.For<HwInfo612>(
            "device.c:iommufd_get_hw_info()",
            static ucmd => Handle(ucmd, knownFlags: 0, noType: Errno.ENODEV, tellsAts: false)
        );

    /// <summary>6.17: with a flag, the caller asks for a type.</summary>
    public static IoctlRow Row617 { get; } =
        IoctlRow.For<HwInfo73>(
            "device.c:iommufd_get_hw_info()",
            static ucmd =>
                Handle(ucmd, HwCapabilities.IOMMU_HW_INFO_FLAG_INPUT_TYPE, noType: Errno.EOPNOTSUPP, tellsAts: false)
        );

    /// <summary>7.0: the answer tells whether the device lacks ATS.</summary>
    public static IoctlRow Row { get; } =
        IoctlRow.For<HwInfo73>(
            "device.c:iommufd_get_hw_info()",
            static ucmd =>
                Handle(ucmd, HwCapabilities.IOMMU_HW_INFO_FLAG_INPUT_TYPE, noType: Errno.EOPNOTSUPP, tellsAts: true)
        );

    // Models drivers/iommu/iommufd/device.c:iommufd_get_hw_info(), v6.12.117 and v7.3.
    private static Errno Handle(Ucmd ucmd, uint knownFlags, Errno noType, bool tellsAts)
    {
        ref var cmd = ref ucmd.Command<HwInfo73>();
        if ((cmd.Flags & ~knownFlags) != 0)
            return Errno.EOPNOTSUPP;
        if ((cmd.Reserved[0] | cmd.Reserved[1] | cmd.Reserved[2]) != 0)
            return Errno.EOPNOTSUPP;
        if ((cmd.Flags & HwCapabilities.IOMMU_HW_INFO_FLAG_INPUT_TYPE) == 0)
            cmd.InDataType = HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        if (idev.IsStale(Site))
            throw ucmd.Machine.Oops(ReportKind.NullDereference, Site, "dev->iommu is NULL");
        rc = idev.Device.IsNoIommu ? Errno.EOPNOTSUPP : Describe(ucmd, ref cmd, idev.Device, noType);
        if (rc == Errno.OK)
        {
            cmd.OutCapabilities = CapabilitiesOf(idev.Device, tellsAts);
            cmd.OutMaxPasidLog2 = (byte)BitOperations.Log2(idev.Device.MaxPasids);
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno Describe(Ucmd ucmd, ref HwInfo73 cmd, IommuDevice device, Errno noType)
    {
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var length = 0;
        if (device.Ops.HwInfo is { } describe)
        {
            var type = cmd.InDataType;
            var rc = describe(device, data, out length, ref type);
            if (rc != Errno.OK)
                return rc;
            cmd.OutDataType = type;
            if (ucmd.Machine.WarnOnOnce(type == HwInfoType.IOMMU_HW_INFO_TYPE_NONE, Site, "hw_info names no type"))
                return noType;
        }
        else
        {
            cmd.OutDataType = HwInfoType.IOMMU_HW_INFO_TYPE_NONE;
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

    /// <summary>What a PCI device's PASIDs are good for beyond reading and writing is not modelled.</summary>
    private static ulong CapabilitiesOf(IommuDevice device, bool tellsAts) =>
        (device.DirtyTracking ? HwCapabilities.IOMMU_HW_CAP_DIRTY_TRACKING : 0)
        | (tellsAts && !device.HasAts ? HwCapabilities.IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED : 0);
}
