using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>
/// IOMMU_DEVICE_GET_HW_INFO of the hw info series v2: the type is a field of the driver's ops, no data is
/// EOPNOTSUPP, and the length returned is the smaller of the two.
/// </summary>
public static class BaseGetHwInfo
{
    public static IoctlRow Row { get; } = IoctlRow.For<HwInfoBase>(ucmd => Handle(ucmd, static (_, _) => { }));

    /// <summary>The row of a kernel that answers more than this one, in fields behind those of the base.</summary>
    public static IoctlRow RowWith<T>(Action<Ucmd, IommuDevice> answerMore)
        where T : unmanaged => IoctlRow.For<T>(ucmd => Handle(ucmd, answerMore));

    // Models drivers/iommu/iommufd/device.c:iommufd_device_get_hw_info(), hw info v2 02/04.
    private static Errno Handle(Ucmd ucmd, Action<Ucmd, IommuDevice> answerMore)
    {
        ref var cmd = ref ucmd.Command<HwInfoBase>();
        if (cmd.Flags != 0 || cmd.Reserved != 0 || cmd.DataLen == 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Describe(ucmd, ref cmd, idev.Device);
        if (rc == Errno.OK)
        {
            answerMore(ucmd, idev.Device);
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno Describe(Ucmd ucmd, ref HwInfoBase cmd, IommuDevice device)
    {
        var ops = device.Ops;
        if (ops.HwInfo is null)
            return Errno.EOPNOTSUPP;
        var untyped = ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT;
        if (ucmd.Machine.WarnOn(untyped, "iommufd_device_get_hw_info", "hw_info without a driver_type"))
            return Errno.EOPNOTSUPP;
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var rc = ops.HwInfo(device, data, out var kernelLength, out _);
        if (rc != Errno.OK)
            return rc;
        var length = Math.Min(cmd.DataLen, (uint)kernelLength);
        if (ucmd.Machine.CopyToUser(cmd.DataPtr, data[..(int)length]) != Errno.OK)
            return Errno.EFAULT;
        if (!ZeroFill(ucmd, cmd.DataPtr + length, (int)(cmd.DataLen - length)))
            return Errno.EFAULT;
        cmd.OutDataType = ops.DriverType;
        cmd.DataLen = length;
        return Errno.OK;
    }

    /// <summary>
    /// The count is an int: of a buffer more than 2 GiB longer than the data it is negative, and nothing is
    /// zeroed.
    /// </summary>
    private static bool ZeroFill(Ucmd ucmd, ulong address, int bytes) =>
        bytes <= 0 || ucmd.Machine.ClearUser(address, (ulong)bytes) == 0;
}
