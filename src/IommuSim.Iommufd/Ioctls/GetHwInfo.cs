using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
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
        IoctlRow.For<HwInfo67>(ucmd =>
            Handle(ucmd, static (cmd, device) => cmd.Command<HwInfo67>().OutCapabilities = CapabilitiesOf(device))
        );

    /// <summary>Linux 6.6: without.</summary>
    public static IoctlRow RowWithoutCapabilities { get; } =
        IoctlRow.For<HwInfo66>(ucmd => Handle(ucmd, static (_, _) => { }));

    /// <summary>Linux 6.7's row with other rules.</summary>
    public static IoctlRow RowWith(HwInfoRules rules) =>
        Row with
        {
            Handler = ucmd =>
                Handle(
                    ucmd,
                    static (cmd, device) => cmd.Command<HwInfo67>().OutCapabilities = CapabilitiesOf(device),
                    rules
                ),
        };

    /// <summary>The row of a kernel with fields of its own behind those of 6.6.</summary>
    public static IoctlRow RowWith<T>(Action<Ucmd, IommuDevice> answerMore, HwInfoRules rules)
        where T : unmanaged => IoctlRow.For<T>(ucmd => Handle(ucmd, answerMore, rules));

    private static Errno Handle(Ucmd ucmd, Action<Ucmd, IommuDevice> addCapabilities) =>
        Handle(ucmd, addCapabilities, HwInfoRules.Merged);

    // Models drivers/iommu/iommufd/device.c:iommufd_get_hw_info(), v6.6 to v6.8.
    private static Errno Handle(Ucmd ucmd, Action<Ucmd, IommuDevice> addCapabilities, HwInfoRules rules)
    {
        ref var cmd = ref ucmd.Command<HwInfo66>();
        if (cmd.Flags != 0 || cmd.Reserved != 0 || (cmd.DataLen == 0 && !rules.AllowsNoBuffer))
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = Describe(ucmd, ref cmd, idev.Device, rules);
        if (rc == Errno.OK)
        {
            addCapabilities(ucmd, idev.Device);
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(idev);
        return rc;
    }

    private static Errno Describe(Ucmd ucmd, ref HwInfo66 cmd, IommuDevice device, HwInfoRules rules)
    {
        const string Site = "iommufd_get_hw_info";
        Span<byte> data = stackalloc byte[IommuOps.MaxHwInfoSize];
        var length = 0;
        cmd.OutDataType = HwInfoType.IOMMU_HW_INFO_TYPE_NONE;
        if (device.Ops.HwInfo is null && rules.RefusesWithoutOp)
            return Errno.EOPNOTSUPP;
        if (rules.Calls(device.Ops.HwInfo is not null))
        {
            if (device.Ops.HwInfo is not { } describe)
                throw ucmd.Machine.Oops(ReportKind.NullDereference, Site, "ops->hw_info is NULL");
            var rc = describe(device, data, out length, out var type);
            if (rc != Errno.OK && rules.FreesErrors)
                throw ucmd.Machine.Oops(ReportKind.PageFault, "kfree", "the pointer to free is an error");
            if (rc != Errno.OK)
                return rc;
            if (ucmd.Machine.WarnOnOnce(type == HwInfoType.IOMMU_HW_INFO_TYPE_NONE, Site, "hw_info names no type"))
                return Errno.ENODEV;
            cmd.OutDataType = type;
        }

        var copied = (int)Math.Min(cmd.DataLen, (uint)length);
        if (ucmd.Machine.CopyToUser(cmd.DataUptr, data[..copied]) != Errno.OK)
            return Errno.EFAULT;
        var isSilent = device.Ops.HwInfo is null && !rules.ClearsWithoutOp;
        var tail = isSilent ? 0 : rules.ClearLength(cmd.DataLen - (uint)copied);
        if (tail != 0 && ucmd.Machine.ClearUser(cmd.DataUptr + (ulong)copied, tail) != 0)
            return Errno.EFAULT;
        cmd.DataLen = rules.Length(cmd.DataLen, (uint)length);
        return Errno.OK;
    }

    private static ulong CapabilitiesOf(IommuDevice device) =>
        device.DirtyTracking ? HwCapabilities.IOMMU_HW_CAP_DIRTY_TRACKING : 0;
}
