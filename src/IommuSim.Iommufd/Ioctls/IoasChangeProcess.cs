using IommuSim.Iommu;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_CHANGE_PROCESS: what all IOASes map counts from now on as the caller's. EOPNOTSUPP for the reserved
/// field, EBUSY while something is being mapped or unmapped, EINVAL when something else than a file is mapped, ENOMEM
/// over the caller's limit. A failure leaves all as it was.
/// </summary>
internal static class IoasChangeProcess
{
    private const string Site = "iommufd_ioas_change_process";

    public static IoctlRow Row { get; } =
        IoctlRow.For<IoasChangeProcessCmd>("ioas.c:iommufd_ioas_change_process()", static ucmd => Handle(ucmd));

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_change_process(), v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        if (ucmd.Command<IoasChangeProcessCmd>().Reserved != 0)
            return Errno.EOPNOTSUPP;
        var context = ucmd.Context;
        var ioases = new List<Ioas>();
        var all = new List<IoptPages>();
        context.IoasCreationLock.DownWrite("iommufd_take_all_iova_rwsem");
        var rc = TakeAll(context, ioases);
        if (rc == Errno.OK)
            rc = FindPages(context.Machine, ioases, all);
        if (rc == Errno.OK)
            rc = Change(context.Machine, all);
        foreach (var ioas in ioases)
        {
            ioas.Iopt.UpWriteIova("iommufd_release_all_iova_rwsem");
            ioas.DropUser("iommufd_release_all_iova_rwsem");
        }

        context.IoasCreationLock.UpWrite("iommufd_release_all_iova_rwsem");
        return rc;
    }

    // Models drivers/iommu/iommufd/ioas.c:iommufd_take_all_iova_rwsem(), v7.3.
    private static Errno TakeAll(IommufdContext context, List<Ioas> ioases)
    {
        const string Inner = "iommufd_take_all_iova_rwsem";
        for (uint id = 1; id <= context.Objects.MaxId; id++)
        {
            if (!context.Objects.TryFind(id, out var found) || found is not Ioas ioas)
                continue;
            if (!ioas.Users.IncNotZero(context.Machine, Inner))
                continue;
            ioas.Iopt.DownWriteIovaNested(Inner);
            if (!context.Machine.Heap.CanAllocate(Inner))
            {
                if (context.Machine.Has(Bug.M32))
                    return Errno.ENOMEM;
                ioas.Iopt.UpWriteIova(Inner);
                ioas.DropUser(Inner);
                return Errno.ENOMEM;
            }

            ioases.Add(ioas);
        }

        return Errno.OK;
    }

    /// <summary>The pages of all areas, each once, whichever areas show them.</summary>
    private static Errno FindPages(KernelMachine machine, List<Ioas> ioases, List<IoptPages> all)
    {
        foreach (var ioas in ioases)
        {
            var areas = ioas.Iopt.Areas;
            for (
                var node = areas.First(0, ulong.MaxValue);
                node is not null;
                node = areas.Next(node, 0, ulong.MaxValue)
            )
            {
                if (node.Value.Pages is not { } pages)
                    return machine.Has(Bug.M31) ? throw NoPages(machine) : Errno.EBUSY;
                if (!pages.IsOfFile)
                    return Errno.EINVAL;
                if (!all.Contains(pages))
                    all.Add(pages);
            }
        }

        return Errno.OK;
    }

    private static TaskDiedException NoPages(KernelMachine machine) =>
        machine.Oops(ReportKind.NullDereference, Site, "area->pages is NULL");

    /// <summary>Charges the caller before it uncharges those before it.</summary>
    private static Errno Change(KernelMachine machine, List<IoptPages> all)
    {
        Span<ulong> charges = stackalloc ulong[(int)AccountMode.Process + 1];
        foreach (var pages in all)
        {
            if (pages.IsChargedElsewhere())
                charges[(int)pages.AccountMode] += pages.ChargedCount;
        }

        var rc = ChargeCurrent(machine, charges);
        if (rc != Errno.OK)
            return rc;
        foreach (var pages in all)
        {
            if (pages.IsChargedElsewhere())
            {
                var uncharged = pages.Uncharge();
                if (machine.WarnOn(uncharged != Errno.OK, Site, "pages cannot be uncharged"))
                    rc = uncharged;
            }

            pages.ChangeOwner();
        }

        return rc;
    }

    // Models drivers/iommu/iommufd/ioas.c:charge_current(), v7.3.
    private static Errno ChargeCurrent(KernelMachine machine, ReadOnlySpan<ulong> charges)
    {
        for (var mode = 0; mode < charges.Length; mode++)
        {
            if (charges[mode] == 0)
                continue;
            var rc = PinCharges.Change(machine, machine.Current, (AccountMode)mode, charges[mode], adds: true);
            if (rc == Errno.OK)
                continue;
            while (--mode >= 0)
            {
                if (charges[mode] != 0)
                    PinCharges.Change(machine, machine.Current, (AccountMode)mode, charges[mode], adds: false);
            }

            return rc;
        }

        return Errno.OK;
    }
}
