using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>iommufd_hw_pagetable_alloc() of v1 with its slips mended, or one of them left.</summary>
internal static class SeriesHwptAllocation
{
    private const string Site = "iommufd_hw_pagetable_alloc";

    /// <summary>What attaching to an IOAS uses.</summary>
    public static AllocateAutomaticOp AutomaticWith(SeriesRules rules) =>
        (Ioas ioas, IommufdDevice idev, bool immediateAttach, out HwPagetable hwpt) =>
            Allocate(rules, ioas, idev, null, UserData.None, immediateAttach, out hwpt!);

    public static Errno Allocate(
        SeriesRules rules,
        Ioas ioas,
        IommufdDevice idev,
        HwPagetable? parent,
        UserData data,
        bool immediateAttach,
        out HwPagetable? hwpt
    )
    {
        var context = ioas.Context;
        hwpt = null;
        ioas.Mutex.AssertHeld(Site);
        var takesData = idev.Device.Ops.DomainAllocUser is not null;
        if (!takesData && (parent is not null || (data.Present && !rules.IgnoresDataWithoutOp)))
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwPagetable), Site, out var made);
        if (rc != Errno.OK)
            return rc;
        V1HwptAllocation.TakeReferences(made, ioas, parent);
        made.DataType = data.Type;
        rc = AllocateDomain(rules, made, idev, data);
        if (rc == Errno.OK && HasWrongType(made, rules, out var answer))
        {
            context.AbortAndDestroy(made);
            return answer;
        }

        if (rc == Errno.OK && (parent is null || rules.ForcesNestedCoherency))
            rc = HwptPaging.EnforceCoherency(made, idev, Site);
        if (rc == Errno.OK)
            rc = AttachAndLink(made, idev, immediateAttach);
        if (rc != Errno.OK)
            context.AbortAndDestroy(made);
        else
            hwpt = made;
        return rc;
    }

    private static Errno AllocateDomain(SeriesRules rules, HwPagetable hwpt, IommufdDevice idev, UserData data)
    {
        var rc = Errno.ENOMEM;
        if (idev.Device.Ops.DomainAllocUser is null)
            hwpt.Domain = DomainMemory.AllocatePaging(idev.Device);
        else
        {
            rc = DomainMemory.AllocateForUser(idev.Device, flags: 0, hwpt.Parent?.Domain, data, out var domain);
            hwpt.Domain = domain;
        }

        if (hwpt.Domain is null)
            return rules.DriverAnswersNull ? Errno.ENOMEM : rc;
        hwpt.Domain.Owner = idev.Device.Ops;
        return Errno.OK;
    }

    private static bool HasWrongType(HwPagetable hwpt, SeriesRules rules, out Errno answer)
    {
        answer = Errno.EINVAL;
        var domain = hwpt.Domain!;
        var isNested = hwpt.Parent is not null;
        if (domain.Type == (isNested ? DomainType.Nested : DomainType.Unmanaged))
            return isNested && rules.LooksForInvalidateOp && domain.Ops.CacheInvalidateUser is null;
        if (!rules.HasErrnoOfWrongType)
            answer = V1HwptAllocation.UnsetErrno(hwpt.Context);
        return true;
    }

    private static Errno AttachAndLink(HwPagetable hwpt, IommufdDevice idev, bool immediateAttach)
    {
        if (hwpt.Parent is not null)
            return Errno.OK;
        return HwptPaging.AttachAndLink(hwpt, idev, immediateAttach);
    }
}
