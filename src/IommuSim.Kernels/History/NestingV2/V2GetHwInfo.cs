using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>
/// GET_HW_INFO of the hw info series v3 (May) and v4 (July): a driver without hw_info is a success of type
/// NONE. Both still free what the driver returned when that is an error.
/// </summary>
internal static class V2GetHwInfo
{
    private const string Site = "iommufd_device_get_hw_info";

    /// <summary>hw info v3: a driver without the op leaves the caller's buffer as it was.</summary>
    public static IoctlRow Row { get; } = IoctlRow.For<HwInfoBase>(static ucmd => Handle(ucmd, DescribeV3));

    /// <summary>hw info v4: zeroes the buffer; the ioctl has its later name.</summary>
    public static IoctlRow RowV4 { get; } =
        IoctlRow.For<HwInfoBase>(static ucmd => Handle(ucmd, DescribeV4)) with
        {
            Name = nameof(IoctlNumber.IOMMU_GET_HW_INFO),
        };

    // Models drivers/iommu/iommufd/device.c:iommufd_device_get_hw_info(), hw info v3 and v4.
    private static Errno Handle(Ucmd ucmd, Func<Ucmd, IommuDevice, Errno> describe)
    {
        ref var cmd = ref ucmd.Command<HwInfoBase>();
        if (cmd.Flags != 0 || cmd.Reserved != 0 || cmd.DataLen == 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = describe(ucmd, idev.Device);
        if (rc == Errno.OK)
            rc = ucmd.Respond();
        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno DescribeV3(Ucmd ucmd, IommuDevice device)
    {
        ref var cmd = ref ucmd.Command<HwInfoBase>();
        uint length = 0;
        if (device.Ops.HwInfo is not null)
        {
            if (device.Ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_NONE)
                return Errno.ENODEV;
            var rc = CopyInfo(ucmd, device, out length);
            if (rc != Errno.OK)
                return rc;
            if (!ZeroFill(ucmd, cmd.DataPtr + length, (int)(cmd.DataLen - length)))
                return Errno.EFAULT;
        }

        return Answer(ref cmd, device, length);
    }

    private static Errno DescribeV4(Ucmd ucmd, IommuDevice device)
    {
        ref var cmd = ref ucmd.Command<HwInfoBase>();
        uint length = 0;
        if (device.Ops.HwInfo is not null)
        {
            var untyped = device.Ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_NONE;
            if (ucmd.Machine.WarnOnOnce(untyped, Site, "hw_info without a type"))
                return Errno.ENODEV;
            var rc = untyped ? Errno.ENODEV : CopyInfo(ucmd, device, out length);
            if (rc != Errno.OK)
                return rc;
        }

        return ZeroFill(ucmd, cmd.DataPtr + length, (int)(cmd.DataLen - length))
            ? Answer(ref cmd, device, length)
            : Errno.EFAULT;
    }

    private static Errno Answer(ref HwInfoBase cmd, IommuDevice device, uint length)
    {
        cmd.DataLen = length;
        cmd.OutDataType = device.Ops.HwInfo is null ? HwInfoType.IOMMU_HW_INFO_TYPE_NONE : device.Ops.DriverType;
        return Errno.OK;
    }

    private static Errno CopyInfo(Ucmd ucmd, IommuDevice device, out uint length)
    {
        ref var cmd = ref ucmd.Command<HwInfoBase>();
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        length = 0;
        if (device.Ops.HwInfo!(device, data, out var kernelLength, out _) != Errno.OK)
            throw ucmd.Machine.Oops(ReportKind.PageFault, "kfree", "the pointer to free is an error");
        length = Math.Min(cmd.DataLen, (uint)kernelLength);
        return ucmd.Machine.CopyToUser(cmd.DataPtr, data[..(int)length]);
    }

    /// <summary>The count is an int, see the base.</summary>
    private static bool ZeroFill(Ucmd ucmd, ulong address, int bytes) =>
        bytes <= 0 || ucmd.Machine.ClearUser(address, (ulong)bytes) == 0;
}
