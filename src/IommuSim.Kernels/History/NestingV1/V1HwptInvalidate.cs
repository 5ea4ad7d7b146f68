using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// IOMMU_HWPT_INVALIDATE of v1: the request is copied over the ioctl's own struct on the stack and given
/// to the driver, whose answer is void: what the driver dislikes is still a success.
/// </summary>
public static class V1HwptInvalidate
{
    private const string Site = "iommufd_hwpt_invalidate";

    public static IoctlRow Row { get; } = IoctlRow.For<HwptInvalidateV1>(Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_invalidate(), v1 07/12 and 12/12.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptInvalidateV1>();
        if (
            cmd.DataType == HwptType.IOMMU_HWPT_TYPE_DEFAULT
            || cmd.DataLen == 0
            || !ucmd.Kernel.HwptTypes!.KnowsInvalidateType(ucmd.Machine, cmd.DataType)
        )
        {
            return Errno.EOPNOTSUPP;
        }

        var rc = ucmd.Context.Get(cmd.HwptId, ObjectType.HwPagetable, out HwPagetable hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = hwpt.Parent is null ? Errno.EINVAL : CopyAndInvalidate(ucmd, in cmd, hwpt);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static Errno CopyAndInvalidate(Ucmd ucmd, in HwptInvalidateV1 cmd, HwPagetable hwpt)
    {
        var length = ucmd.Kernel.HwptTypes!.InvalidateSize(ucmd.Machine, cmd.DataType);
        if (length == 0)
            return Errno.EINVAL;
        var rc = CopyOverCommand(ucmd, length, cmd.DataUptr, cmd.DataLen, Site);
        if (rc != Errno.OK)
            return rc;
        var request = new InvalidateRequest { Copied = ucmd.Buffer };
        DomainMemory.Invalidate(ucmd.Machine, hwpt.Domain!, ref request, Site);
        return Errno.OK;
    }

    /// <summary>
    /// Copies the request over the struct that describes it. A length beyond the union smashes the stack,
    /// and the task does not survive that.
    /// </summary>
    internal static Errno CopyOverCommand(Ucmd ucmd, uint length, ulong uptr, uint userLength, string function)
    {
        if (length > ucmd.Buffer.Capacity)
        {
            throw ucmd.Machine.Oops(
                ReportKind.StackOutOfBounds,
                function,
                $"copy of {length} bytes of user data into a union of {ucmd.Buffer.Capacity}"
            );
        }

        var rc = ucmd.Machine.CopyStructFromUser(ucmd.Buffer.Bytes[..(int)length], uptr, userLength);
        if (rc == Errno.OK)
            ucmd.Buffer.MarkWritten((int)length);
        return rc;
    }
}
