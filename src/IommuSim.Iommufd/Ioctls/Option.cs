using System.Runtime.InteropServices;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_OPTION: how pinned memory is counted, for a file; whether large pages may be used, for an IOAS. Reads
/// or sets one value, which is written back either way, though what was set stays when that is EFAULT.
/// </summary>
internal static class Option
{
    public static IoctlRow Row { get; } = IoctlRow.For<OptionCmd>("main.c:iommufd_option()", Handle);

    // Models drivers/iommu/iommufd/main.c:iommufd_option(), v6.12 and v7.3. Only the value is written back.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<OptionCmd>();
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = cmd.OptionId switch
        {
            OptionConstants.IOMMU_OPTION_RLIMIT_MODE => RlimitMode(ucmd.Context, ref cmd),
            OptionConstants.IOMMU_OPTION_HUGE_PAGES => HugePages(ucmd.Context, ref cmd),
            _ => Errno.EOPNOTSUPP,
        };
        if (rc != Errno.OK)
            return rc;
        var offset = (ulong)Marshal.OffsetOf<OptionCmd>(nameof(OptionCmd.Val64));
        var value = MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in cmd.Val64));
        return ucmd.Machine.CopyToUser(ucmd.UserAddress + offset, value);
    }

    /// <summary>EOPNOTSUPP for an id or an unknown op, EPERM, EBUSY when the file has an object, EINVAL.</summary>
    // Models drivers/iommu/iommufd/ioas.c:iommufd_option_rlimit_mode(), v6.12 and v7.3.
    private static Errno RlimitMode(IommufdContext context, ref OptionCmd cmd)
    {
        if (cmd.ObjectId != 0)
            return Errno.EOPNOTSUPP;
        switch (cmd.Op)
        {
            case OptionConstants.IOMMU_OPTION_OP_GET:
                cmd.Val64 = context.AccountsByProcess ? 1u : 0;
                return Errno.OK;
            case OptionConstants.IOMMU_OPTION_OP_SET:
                if (!context.Machine.Current.MayChangeLimits)
                    return Errno.EPERM;
                context.Machine.Reach(context, Touch.Write, "iommufd_option_rlimit_mode");
                if (context.Objects.Count > 0)
                    return Errno.EBUSY;
                if (cmd.Val64 > 1)
                    return Errno.EINVAL;
                context.AccountsByProcess = cmd.Val64 == 1;
                return Errno.OK;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>ENOENT, EOPNOTSUPP for an unknown op, EINVAL for a value other than 0 and 1, EADDRINUSE.</summary>
    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_option() and iommufd_ioas_option_huge_pages(), v6.12 and
    // v7.3.
    private static Errno HugePages(IommufdContext context, ref OptionCmd cmd)
    {
        var rc = context.Get(cmd.ObjectId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        switch (cmd.Op, cmd.Val64)
        {
            case (OptionConstants.IOMMU_OPTION_OP_GET, _):
                cmd.Val64 = ioas.Iopt.LargePagesDisabled ? 0u : 1;
                break;
            case (OptionConstants.IOMMU_OPTION_OP_SET, 0):
                rc = ioas.Iopt.DisableLargePages();
                break;
            case (OptionConstants.IOMMU_OPTION_OP_SET, 1):
                ioas.Iopt.EnableLargePages();
                break;
            case (OptionConstants.IOMMU_OPTION_OP_SET, _):
                rc = Errno.EINVAL;
                break;
            default:
                rc = Errno.EOPNOTSUPP;
                break;
        }

        context.Put(ioas);
        return rc;
    }
}
