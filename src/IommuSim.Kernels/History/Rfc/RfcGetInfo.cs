using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Rfc;

/// <summary>IOMMU_DEVICE_GET_INFO of February 2023; returns the kernel's length, unlike its successors.</summary>
internal static class RfcGetInfo
{
    public static IoctlRow Row { get; } = IoctlRow.For<DeviceInfoRfc>("device.c:iommufd_device_get_info()", Handle);

    // Models drivers/iommu/iommufd/device.c:iommufd_device_get_info(), hw info RFC 3/6 and RFC 13/17.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<DeviceInfoRfc>();
        if (cmd.Flags != 0 || cmd.Reserved != 0 || cmd.DataLen == 0)
            return Errno.EOPNOTSUPP;
        var rc = RfcDevice.Get(ucmd.Context, cmd.DevId, out var held, out var idev);
        if (rc != Errno.OK)
            return rc;
        rc = Describe(ucmd, ref cmd, idev.Device);
        if (rc == Errno.OK)
        {
            cmd.OutPgtblTypeBitmap = ucmd.Kernel.HwptTypes!.Advertise(ucmd.Machine, idev.Device);
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(held);
        return rc;
    }

    private static Errno Describe(Ucmd ucmd, ref DeviceInfoRfc cmd, IommuDevice device)
    {
        if (device.Ops.HwInfo is null)
            return Errno.EOPNOTSUPP;
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var type = device.Ops.DriverType;
        var rc = device.Ops.HwInfo(device, data, out var kernelLength, ref type);
        if (rc != Errno.OK)
            return rc;
        var copied = Math.Min(cmd.DataLen, (uint)kernelLength);
        if (ucmd.Machine.CopyToUser(cmd.DataPtr, data[..(int)copied]) != Errno.OK)
            return Errno.EFAULT;
        var tail = (int)(cmd.DataLen - copied);
        if (tail > 0 && ucmd.Machine.ClearUser(cmd.DataPtr + copied, (ulong)tail) != 0)
            return Errno.EFAULT;
        cmd.OutDeviceType = device.Ops.DriverType;
        cmd.DataLen = (uint)kernelLength;
        return Errno.OK;
    }
}
