using IommuSim.Iommu;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_HWPT_ALLOC as merged: a paging hwpt of an IOAS, or a nested one of a parent or a vIOMMU, with a queue for its
/// page faults where the caller names one. The core knows no types; the driver refuses those that it does not
/// implement.
/// </summary>
internal static class HwptAlloc
{
    private const string Site = "iommufd_hwpt_alloc";

    public static IoctlRow Row { get; } = RowWith<HwptAlloc612>(HwptRules.Linux73);

    /// <summary>The row of a release with other rules, and a struct that ends earlier.</summary>
    public static IoctlRow RowWith<T>(HwptRules rules)
        where T : unmanaged => IoctlRow.For<T>("hw_pagetable.c:iommufd_hwpt_alloc()", ucmd => Handle(ucmd, rules));

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v6.7 to v7.3.
    private static Errno Handle(Ucmd ucmd, HwptRules rules)
    {
        ref var cmd = ref ucmd.Command<HwptAlloc67>();
        var context = ucmd.Context;
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (!DataAgrees(ucmd.Machine, cmd.DataType != HwptType.IOMMU_HWPT_DATA_NONE, cmd.DataLen != 0))
            return Errno.EINVAL;
        var rc = context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        if (context.Get(cmd.PtId, ObjectType.Any, out var target) != Errno.OK)
        {
            context.Put(idev);
            return Errno.EINVAL;
        }

        var ioas = target as Ioas;
        ioas?.Mutex.Lock(Site);
        rc = Allocate(rules, in cmd, target, idev, out var hwpt);
        if (rc == Errno.OK)
            rc = FinishAndPublish(ucmd, ref cmd, hwpt);
        ioas?.Mutex.Unlock(Site);
        context.Put(target);
        context.Put(idev);
        return rc;
    }

    /// <summary>A type needs data, and data a type; see <see cref="Bug.A16"/>.</summary>
    private static bool DataAgrees(KernelMachine machine, bool hasType, bool hasData) =>
        machine.Has(Bug.A16) ? hasType || !hasData : hasType == hasData;

    private static Errno Allocate(
        HwptRules rules,
        in HwptAlloc67 cmd,
        IommufdObject target,
        IommufdDevice idev,
        out HwPagetable hwpt
    )
    {
        var data = cmd.DataLen == 0 ? UserData.None : UserData.OfUser(cmd.DataType, cmd.DataUptr, cmd.DataLen);
        if (target is HwPagetable { Type: ObjectType.HwPagetable } parent)
            return HwptNested.Allocate(rules, parent, idev, cmd.Flags, in data, out hwpt);
        if (target is Ioas ioas)
            return HwptPaging.Allocate(rules, ioas, idev, cmd.Flags, in data, attaching: null, out hwpt);
        if (target is Viommu viommu)
            return HwptNested.AllocateOfViommu(rules, viommu, idev, cmd.Flags, in data, out hwpt);
        hwpt = null!;
        return Errno.EINVAL;
    }

    private static Errno FinishAndPublish(Ucmd ucmd, ref HwptAlloc67 cmd, HwPagetable hwpt)
    {
        if ((cmd.Flags & HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID) != 0)
        {
            var rc = SetFaultQueue(ucmd, hwpt, ucmd.Command<HwptAlloc612>().FaultId);
            if (rc != Errno.OK)
            {
                ucmd.Context.AbortAndDestroy(hwpt);
                return rc;
            }
        }

        cmd.OutHwptId = hwpt.Id;
        return ucmd.RespondAndPublish(hwpt);
    }

    /// <summary>The queue that gets the page faults of a hwpt; ENOENT for an id of another object or none.</summary>
    private static Errno SetFaultQueue(Ucmd ucmd, HwPagetable hwpt, uint faultId)
    {
        var rc = ucmd.Context.Get(faultId, ObjectType.Fault, out FaultQueue fault);
        if (rc != Errno.OK)
            return rc;
        hwpt.Fault = fault;
        hwpt.Domain!.IopfHandler = FaultQueue.Handle;
        hwpt.Domain.IommufdHwpt = hwpt;
        fault.TakeUser(Site);
        if (hwpt.Type == ObjectType.HwPagetable || !ucmd.Machine.Has(Bug.P22))
            ucmd.Context.Put(fault);
        return Errno.OK;
    }
}
