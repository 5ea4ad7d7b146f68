using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// Linux 6.7 and later: an ioctl in flight counts in <see cref="IommufdObject.ShorttermUsers"/>, and a destroyer waits
/// for that count, not for a lock inside the object.
/// </summary>
internal static class ShorttermLifetime
{
    public static ObjectLifetime Row { get; } =
        new("users and shortterm_users")
        {
            // Lambdas: a delegate to a static method shifts its arguments first, at every call.
            TryLock = static obj => TryLock(obj),
            Put = static obj => Put(obj),
            DestroyById = static (context, id) => DestroyById(context, id),
            DestroyUser = static obj => DestroyUser(obj),
            PutAutomatic = obj => Remove(obj.Context, obj, obj.Id, Removal.AtOnce),
        };

    /// <summary>Linux 6.17 and later, where the count is called wait_cnt: vDEVICEs hold their devices by it.</summary>
    public static ObjectLifetime WaitCountRow { get; } =
        Row with
        {
            Name = "users and wait_cnt, revoked before a destroy",
            TombstoneUser = static obj => Warn(obj, Remove(obj.Context, obj, obj.Id, Removal.Tombstone)),
            RevokesHolds = true,
        };

    private enum Removal
    {
        /// <summary>Does not wait: the caller has no reference, or one to give up.</summary>
        AtOnce,

        /// <summary>First waits for the short holds.</summary>
        Waits,

        /// <summary>As <see cref="Waits"/>, and keeps the id.</summary>
        Tombstone,
    }

    // Models drivers/iommu/iommufd/main.c:iommufd_get_object(), v6.8.
    private static bool TryLock(IommufdObject obj)
    {
        const string Site = "iommufd_lock_obj";
        var machine = obj.Context.Machine;
        if (!obj.Users.IncNotZero(machine, Site))
            return false;
        if (obj.ShorttermUsers.IncNotZero(machine, Site))
            return true;
        obj.Users.Dec(machine, Site);
        return false;
    }

    /// <summary>Without <see cref="Bug.N4"/> the last holder of an automatic hwpt destroys it.</summary>
    private static void Put(IommufdObject obj)
    {
        var ends = obj is HwPagetable { AutoDomain: true } && !obj.Context.Machine.Has(Bug.N4);
        if (ends)
            obj.TakeUser("iommufd_put_object");
        PutShort(obj);
        if (ends)
            Remove(obj.Context, obj, obj.Id, Removal.AtOnce);
    }

    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_put_object(), v6.8: users goes first, so that a destroyer
    // that waits for the short hold finds the reference dropped.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutShort(IommufdObject obj)
    {
        const string Site = "iommufd_put_object";
        var machine = obj.Context.Machine;
        machine.Reach(obj.Context, Touch.Write, Site, obj);
        machine.Heap.Touch(obj, Site);
        obj.Users.Dec(machine, Site);
        machine.Reach(obj.Context, Touch.Write, Site, obj);
        if (obj.ShorttermUsers.DecAndTest(machine, Site))
            machine.Released(obj);
        if (!machine.Has(Bug.A02))
            return;
        machine.Reach(obj.Context, Touch.Write, Site, obj);
        machine.Heap.Touch(obj, Site);
    }

    private static Errno DestroyById(IommufdContext context, uint id)
    {
        var rc = context.Machine.Has(Bug.A01) ? HoldMeanwhile(context, id) : Errno.OK;
        return rc == Errno.OK ? Remove(context, null, id, Removal.AtOnce) : rc;
    }

    /// <summary>
    /// The short hold of IOMMU_DESTROY is a reference for a moment, and a driver that unbinds meets it.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_destroy(), v6.3.
    private static Errno HoldMeanwhile(IommufdContext context, uint id)
    {
        const string Site = "iommufd_destroy";
        context.Machine.Reach(context, Touch.Write, Site, context.Seen(id));
        if (!context.Objects.TryFind(id, out var obj) || !obj.Users.IncNotZero(context.Machine, Site))
            return Errno.ENOENT;
        context.Machine.Reach(context, Touch.Write, Site, obj);
        obj.Users.Dec(context.Machine, Site);
        return Errno.OK;
    }

    private static void DestroyUser(IommufdObject obj) => Warn(obj, Remove(obj.Context, obj, obj.Id, Removal.Waits));

    private static bool Warn(IommufdObject obj, Errno rc) =>
        !obj.Context.Machine.WarnOn(rc != Errno.OK, "iommufd_object_destroy_user", "the object is still in use");

    /// <summary>
    /// The reference is dropped on what the id resolves to before that is compared: an id that is reserved and not
    /// published resolves to nothing, see <see cref="Bug.A12"/>.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_object_remove(), v6.8 and v7.3.
    private static Errno Remove(IommufdContext context, IommufdObject? toDestroy, uint id, Removal removal)
    {
        const string Site = "iommufd_object_remove";
        var machine = context.Machine;
        var waitsFirst = removal != Removal.AtOnce;
        if (waitsFirst)
            WaitShortterm(toDestroy!);
        machine.Reach(context, Touch.Write, Site, toDestroy ?? context.Seen(id));
        var obj = context.Objects.Find(id);
        if (toDestroy is not null)
        {
            obj = machine.Heap.Deref(obj, Site, "the object of a reserved id");
            obj.Users.Dec(machine, Site);
            if (machine.WarnOn(!ReferenceEquals(obj, toDestroy), Site, "the id is of another object"))
                return Fail(toDestroy, waitsFirst, Errno.ENOENT);
        }
        else if (obj is null)
        {
            return Errno.ENOENT;
        }

        if (!obj!.Users.DecIfOne())
            return Fail(obj, waitsFirst, Errno.EBUSY);
        if (removal == Removal.Tombstone)
            context.Objects.Entomb(id);
        else
            context.Objects.Erase(id);
        if (ReferenceEquals(context.VfioIoas, obj))
            context.VfioIoas = null;
        if (!waitsFirst)
            WaitShortterm(obj);
        context.Destroy(obj, Site);
        return Errno.OK;
    }

    private static Errno Fail(IommufdObject obj, bool waited, Errno rc)
    {
        if (waited)
            obj.ShorttermUsers.Set(1);
        return rc;
    }

    // Models drivers/iommu/iommufd/main.c:iommufd_object_dec_wait_shortterm(), v6.8, without the clock: a holder either
    // finishes or never will.
    private static void WaitShortterm(IommufdObject obj)
    {
        const string Site = "iommufd_object_dec_wait_shortterm";
        var machine = obj.Context.Machine;
        machine.Reach(obj.Context, Touch.Write, Site, obj);
        if (obj.ShorttermUsers.DecAndTest(machine, Site))
            return;
        if (obj.Context.Lifetime.RevokesHolds)
            obj.PreDestroy();
        while (obj.ShorttermUsers.Value != 0)
        {
            if (machine.Wait(obj, Site))
                continue;
            throw machine.Oops(ReportKind.HungTask, Site, $"waits for {obj.ShorttermUsers.Value} short holds");
        }
    }
}
