using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Base;

/// <summary>
/// GET_HW_INFO from the hw info series v2 to Linux 6.8. The forms differ in where the type of the hardware comes
/// from and in what is returned behind it; the rest of what the revisions had is bugs.
/// </summary>
/// <param name="Function">As this form is called in reports.</param>
/// <param name="TypeOfOps">The type is the field of the driver's ops; from 6.6 on the op tells it.</param>
/// <param name="Untyped">For a driver that has the op and names no type.</param>
/// <param name="AddFields">Fills the fields behind those of the base.</param>
internal sealed record GetHwInfo66(
    string Function,
    bool TypeOfOps,
    Func<KernelMachine, string, Errno> Untyped,
    Action<Ucmd, IommuDevice>? AddFields = null
)
{
    private const string DeviceFunction = "iommufd_device_get_hw_info";

    /// <summary>hw info v2 and v3.</summary>
    public static GetHwInfo66 V2 { get; } = new(DeviceFunction, true, WarnAlways);

    private static GetHwInfo66 V3 { get; } = new(DeviceFunction, true, static (_, _) => Errno.ENODEV);

    private static GetHwInfo66 V4 { get; } = new(DeviceFunction, true, WarnOnce);

    private static GetHwInfo66 Merged { get; } = new("iommufd_get_hw_info", false, WarnOnce);

    /// <summary>hw info v2.</summary>
    public static IoctlRow RowV2 { get; } = V2.Row<HwInfoBase>();

    /// <summary>hw info v3: a driver without the op is a success of type NONE.</summary>
    public static IoctlRow RowV3 { get; } = V3.Row<HwInfoBase>();

    /// <summary>hw info v4: the ioctl has its later name.</summary>
    public static IoctlRow RowV4 { get; } = V4.Row<HwInfoBase>() with { Name = nameof(IoctlNumber.IOMMU_GET_HW_INFO) };

    public static IoctlRow Linux66 { get; } = Merged.Row<HwInfo66>();

    /// <summary>6.7: with out_capabilities.</summary>
    public static IoctlRow Linux67 { get; } =
        (
            Merged with
            {
                AddFields = static (ucmd, device) =>
                    ucmd.Command<HwInfo67>().OutCapabilities = device.DirtyTracking
                        ? HwCapabilities.IOMMU_HW_CAP_DIRTY_TRACKING
                        : 0,
            }
        ).Row<HwInfo67>();

    /// <summary>v1 08/12: with the bitmap of hwpt types, which every caller must have.</summary>
    public static IoctlRow WithBitmap { get; } =
        (
            V2 with
            {
                AddFields = static (ucmd, device) =>
                    ucmd.Command<HwInfoV1>().OutHwptTypeBitmap = ucmd.Kernel.HwptTypes!.Advertise(ucmd.Machine, device),
            }
        ).Row<HwInfoV1>();

    private IoctlRow Row<T>()
        where T : unmanaged =>
        IoctlRow.For<T>("device.c:iommufd_device_get_hw_info(); iommufd_get_hw_info() since v6.6", Handle);

    // Models drivers/iommu/iommufd/device.c:iommufd_device_get_hw_info(), hw info v2 to v4, and
    // iommufd_get_hw_info(), v6.6 to v6.8.
    private Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwInfo66>();
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.DataLen == 0 && ucmd.Machine.Has(Bug.B29))
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Describe(ucmd, ref cmd, idev.Device);
        if (rc == Errno.OK)
        {
            AddFields?.Invoke(ucmd, idev.Device);
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(idev);
        return rc;
    }

    private Errno Describe(Ucmd ucmd, ref HwInfo66 cmd, IommuDevice device)
    {
        var machine = ucmd.Machine;
        var hasOp = device.Ops.HwInfo is not null;
        if (!hasOp && machine.Has(Bug.B6))
            return Errno.EOPNOTSUPP;
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var length = 0;
        var type = HwInfoType.IOMMU_HW_INFO_TYPE_NONE;
        if (hasOp != machine.Has(Bug.A25))
        {
            var rc = Ask(machine, device, data, out length, out type);
            if (rc != Errno.OK)
                return rc;
        }

        var copied = (int)Math.Min(cmd.DataLen, (uint)length);
        if (machine.CopyToUser(cmd.DataUptr, data[..copied]) != Errno.OK)
            return Errno.EFAULT;
        var leavesTail = machine.Has(Bug.A24c) || (!hasOp && machine.Has(Bug.A24a));
        if (!leavesTail && !Clear(machine, cmd.DataUptr + (ulong)copied, cmd.DataLen - (uint)copied))
            return Errno.EFAULT;
        cmd.OutDataType = type;
        cmd.DataLen = machine.Has(Bug.A24b) || machine.Has(Bug.B29) ? (uint)copied : (uint)length;
        return Errno.OK;
    }

    private Errno Ask(KernelMachine machine, IommuDevice device, Span<byte> data, out int length, out uint type)
    {
        length = 0;
        type = device.Ops.DriverType;
        if (device.Ops.HwInfo is not { } describe)
            throw machine.Oops(ReportKind.NullDereference, Function, "ops->hw_info is NULL");
        if (TypeOfOps && type == HwInfoType.IOMMU_HW_INFO_TYPE_NONE)
            return Untyped(machine, Function);
        var told = HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT;
        var rc = describe(device, data, out length, ref told);
        if (rc != Errno.OK && machine.Has(Bug.L3))
            throw machine.Oops(ReportKind.PageFault, "kfree", "the pointer to free is an error");
        if (rc != Errno.OK || TypeOfOps)
            return rc;
        type = told;
        return type == HwInfoType.IOMMU_HW_INFO_TYPE_NONE ? Untyped(machine, Function) : Errno.OK;
    }

    /// <summary>
    /// Until hw info v4 the count is an int: of more than 2 GiB it is negative, and nothing is zeroed.
    /// </summary>
    private static bool Clear(KernelMachine machine, ulong address, uint bytes)
    {
        var isNegative = (int)bytes < 0 && machine.Has(Bug.B28);
        return bytes == 0 || isNegative || machine.ClearUser(address, bytes) == 0;
    }

    private static Errno WarnAlways(KernelMachine machine, string function)
    {
        machine.WarnOn(true, function, "hw_info without a driver_type");
        return Errno.EOPNOTSUPP;
    }

    private static Errno WarnOnce(KernelMachine machine, string function)
    {
        machine.WarnOnOnce(true, function, "hw_info names no type");
        return Errno.ENODEV;
    }
}
