using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// IOMMU_HWPT_INVALIDATE of v1: the request is copied over the ioctl's own struct on the stack and given to the
/// driver, whose errno is dropped as posted: what the driver refuses is a success. Fixed, the type is the hwpt's own,
/// the length is the type's, and the driver's errno is returned.
/// </summary>
internal static class V1HwptInvalidate
{
    private const string Site = "iommufd_hwpt_invalidate";

    public static IoctlRow Row { get; } =
        IoctlRow.For<HwptInvalidateV1>("hw_pagetable.c:iommufd_hwpt_invalidate()", Handle);

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
        if (hwpt.Parent is null || !IsTypeOf(ucmd.Machine, cmd.DataType, hwpt))
            rc = Errno.EINVAL;
        else if (hwpt.Domain!.Ops.CacheInvalidateUser is null && !ucmd.Machine.Has(Bug.B11))
            rc = Errno.EOPNOTSUPP;
        else
            rc = CopyAndInvalidate(ucmd, in cmd, hwpt);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static bool IsTypeOf(KernelMachine machine, uint type, HwPagetable hwpt)
    {
        var takesSelftest = machine.Has(Bug.B7) || machine.Has(Bug.B8);
        return machine.Has(Bug.B9)
            || type == hwpt.DataType
            || (takesSelftest && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST);
    }

    private static Errno CopyAndInvalidate(Ucmd ucmd, in HwptInvalidateV1 cmd, HwPagetable hwpt)
    {
        var length = ucmd.Kernel.HwptTypes!.InvalidateSize(ucmd.Machine, cmd.DataType);
        if (length == 0)
            return Errno.EINVAL;
        var rc = V1HwptAlloc.CheckLength(ucmd.Machine, length, cmd.DataLen);
        if (rc == Errno.OK)
            rc = CopyOverCommand(ucmd, length, cmd.DataUptr, cmd.DataLen, Site);
        if (rc != Errno.OK)
            return rc;
        var request = new InvalidateRequest { Copied = ucmd.Buffer };
        rc = DomainMemory.Invalidate(ucmd.Machine, hwpt.Domain!, ref request, Site);
        return ucmd.Machine.Has(Bug.B10) ? Errno.OK : rc;
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
