using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

public static partial class DeviceAttach
{
    /// <summary>
    /// Tries the automatic hwpts of the IOAS in order, EINVAL meaning try the next, and makes a new one when
    /// none fits.
    /// </summary>
    // Models iommufd_device_auto_get_domain(), jgg v2 to v6.8.
    private static Errno AutoGetDomain(
        IommufdDevice idev,
        Ioas ioas,
        ref uint ptId,
        ChangeHwptOp change,
        out HwPagetable? toPut
    )
    {
        const string Site = "iommufd_device_auto_get_domain";
        var context = idev.Context;
        List<HwPagetable>? seen = null;
        ioas.Mutex.Lock(Site);
        for (var hwpt = ioas.Hwpts.First; hwpt is not null; hwpt = hwpt.Next)
        {
            context.Machine.Reach(context, Touch.Write, "iommufd_lock_obj");
            if (!hwpt.AutoDomain || !context.Kernel.Spec.Lifetime.TryLock(hwpt))
                continue;
            var tried = change(idev, hwpt, out toPut);
            if (tried == Errno.OK)
                ptId = hwpt.Id;
            if (context.Kernel.Spec.Lifetime.LastHolderEndsAutomatic)
                Keep(hwpt, ref seen);
            context.Put(hwpt);
            if (tried == Errno.EINVAL)
                continue;
            ioas.Mutex.Unlock(Site);
            PutSeen(seen);
            return tried;
        }

        var rules = context.Kernel.Spec.Attach;
        var rc = MakeAutomatic(idev, ioas, ref ptId, change, out toPut, out var made);
        var isUnpublished = rc == Errno.OK && !made.IsPublished;
        if (isUnpublished && rules.PublishesUnderMutex)
            context.Publish(made);
        ioas.Mutex.Unlock(Site);
        if (isUnpublished && !rules.PublishesUnderMutex)
            context.Publish(made);
        PutSeen(seen);
        return rc;
    }

    /// <summary>Whoever looked at an automatic hwpt may have become its last holder, and cannot end it yet.</summary>
    public static void Keep(HwPagetable hwpt, ref List<HwPagetable>? seen)
    {
        hwpt.TakeUser("iommufd_device_auto_get_domain");
        (seen ??= []).Add(hwpt);
    }

    /// <summary>Gives up what <see cref="Keep"/> took, when the IOAS is unlocked.</summary>
    public static void PutSeen(List<HwPagetable>? seen)
    {
        foreach (var hwpt in seen ?? [])
            PutHwpt(hwpt);
    }

    /// <summary>Gives an automatic hwpt its id as part of what the group's lock covers.</summary>
    internal static void PublishAwaited(HwPagetable hwpt)
    {
        if (!hwpt.AwaitsPublication)
            return;
        hwpt.AwaitsPublication = false;
        hwpt.AutoDomain = true;
        hwpt.Context.Publish(hwpt);
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_device_attach(), v6.2.
    private static void LinkOnceMore(IommufdObject target)
    {
        const string Site = "iommufd_device_attach";
        if (target is not HwPagetable { Ioas: { } ioas } hwpt)
            return;
        ioas.Mutex.Lock(Site);
        ioas.Hwpts.Add(hwpt.Context.Machine, hwpt, Site);
        ioas.Mutex.Unlock(Site);
    }

    /// <summary>
    /// A first attach happens inside the allocation, for drivers whose domains are complete only then; a
    /// replace happens after it.
    /// </summary>
    private static Errno MakeAutomatic(
        IommufdDevice idev,
        Ioas ioas,
        ref uint ptId,
        ChangeHwptOp change,
        out HwPagetable? toPut,
        out HwPagetable made
    )
    {
        toPut = null;
        var rules = idev.Context.Kernel.Spec.Attach;
        var immediate = change == DoAttach;
        var rc = rules.AllocateAutomatic(ioas, idev, immediate, out made);
        if (rc != Errno.OK)
            return rc;
        if (!immediate && rules.CompletesUnderGroupLock && rules.PublishesUnderMutex)
            made.AwaitsPublication = true;
        if (!immediate)
        {
            rc = change(idev, made, out toPut);
            if (rc != Errno.OK)
            {
                idev.Context.AbortAndDestroy(made);
                return rc;
            }
        }

        made = idev.Context.Machine.Heap.Deref(made, "iommufd_device_auto_get_domain", "hwpt");
        made.AutoDomain = true;
        ptId = made.Id;
        return Errno.OK;
    }
}
