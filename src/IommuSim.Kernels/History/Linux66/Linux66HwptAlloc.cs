using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux66;

/// <summary>IOMMU_HWPT_ALLOC as merged in 6.6: no type and no data; the response is copied under the mutex.</summary>
internal static class Linux66HwptAlloc
{
    internal static HwptRules Rules { get; } = new() { PagingFlags = 0 };

    public static IoctlRow Row { get; } = IoctlRow.For<HwptAllocBase>("hw_pagetable.c:iommufd_hwpt_alloc()", Handle);

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v6.6.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<HwptAllocBase>();
        var context = ucmd.Context;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        rc = context.Get(cmd.PtId, ObjectType.Ioas, out Ioas ioas);
        if (rc == Errno.OK)
        {
            rc = AllocateAndRespond(ucmd, ref cmd, ioas, idev);
            context.Put(ioas);
        }

        context.Put(idev);
        return rc;
    }

    private static Errno AllocateAndRespond(Ucmd ucmd, ref HwptAllocBase cmd, Ioas ioas, IommufdDevice idev)
    {
        const string Site = "iommufd_hwpt_alloc";
        ioas.Mutex.Lock(Site);
        var rc = HwptPaging.Allocate(Rules, ioas, idev, flags: 0, UserData.None, attaching: null, out var hwpt);
        if (rc == Errno.OK)
        {
            cmd.OutHwptId = hwpt.Id;
            rc = ucmd.RespondAndPublish(hwpt);
        }

        ioas.Mutex.Unlock(Site);
        return rc;
    }
}
