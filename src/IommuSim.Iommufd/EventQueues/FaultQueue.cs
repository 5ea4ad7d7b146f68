using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>
/// Page faults that user space has not read, and those that wait for its response. Models struct iommufd_fault. Lock
/// order: <c>&amp;fault-&gt;mutex</c>, then <see cref="EventQueue.Lock"/> or <c>&amp;fault_param-&gt;lock</c>.
/// </summary>
internal sealed class FaultQueue(IommufdContext context) : EventQueue(context, ObjectType.Fault)
{
    private static readonly LockClass s_mutexClass = new("&fault->mutex");
    private static readonly ulong s_faultSize = (ulong)Unsafe.SizeOf<HwptPgfault>();
    private static readonly ulong s_responseSize = (ulong)Unsafe.SizeOf<HwptPageResponse>();

    private readonly List<IopfGroup> _deliver = [];

    /// <summary>Guards the responses; held across the copies to and from user space.</summary>
    public KernelMutex Mutex { get; } = new(context.Machine, s_mutexClass);

    /// <summary>Groups not read yet, the oldest first.</summary>
    public IReadOnlyList<IopfGroup> Undelivered => _deliver;

    /// <summary>Groups that were read and wait for a response, by cookie.</summary>
    public IdTable<IopfGroup> Unanswered { get; } = new();

    public override bool HasEvents => _deliver.Count > 0;

    public override bool TakesResponses => true;

    private Heap Heap => Context.Machine.Heap;

    /// <summary>The handler of domains whose hwpt has a fault queue.</summary>
    // Models drivers/iommu/iommufd/eventq.c:iommufd_fault_iopf_handler(), v7.3; fault.c, v6.12.
    public static Errno Handle(IopfGroup group)
    {
        const string Site = "iommufd_fault_iopf_handler";
        var hwpt = (HwPagetable)group.AttachHandle.Domain.IommufdHwpt!;
        var heap = hwpt.Context.Machine.Heap;
        heap.Touch(hwpt, Site);
        var queue = heap.Deref(hwpt.Fault, Site, "hwpt->fault");
        if (!hwpt.Context.Machine.Has(Bug.A18))
            PageFaults.GroupDequeue(group);
        queue.Lock.Lock(Site);
        queue._deliver.Insert(hwpt.Context.Machine.Has(Bug.P13) ? 0 : queue._deliver.Count, group);
        queue.Lock.Unlock(Site);
        return Errno.OK;
    }

    /// <summary>Answers "invalid" to the faults of a handle that goes away, read or not.</summary>
    public void AutoRespond(IommuAttachHandle handle)
    {
        const string Site = "iommufd_auto_response_faults";
        Mutex.Lock(Site);
        AutoRespond(handle, origin: null);
        Mutex.Unlock(Site);
    }

    /// <summary>
    /// A device leaves and others of its group stay: what came from it is answered "invalid", and the handle no
    /// longer leads to it.
    /// </summary>
    public void Leave(IommufdAttachHandle handle, IommufdDevice leaving, IommufdDevice staying)
    {
        const string Site = "iommufd_auto_response_faults";
        Mutex.Lock(Site);
        AutoRespond(handle, leaving.Device);
        handle.Device = staying;
        Mutex.Unlock(Site);
    }

    // Models iommufd_fault_destroy(), v7.3: no other task can reach the queue, so no lock.
    public override void Destroy()
    {
        foreach (var group in _deliver)
            RespondAndFree(group, PageResponse.Invalid);
        _deliver.Clear();
        for (uint cookie = 0; cookie <= Unanswered.MaxId; cookie++)
        {
            if (Unanswered.Erase(cookie) is { } group)
                RespondAndFree(group, PageResponse.Invalid);
        }
    }

    /// <summary>
    /// Whole groups, as many as fit. ESPIPE for a length that is no multiple of a fault, EINVAL when the first group
    /// does not fit, ENOMEM, EFAULT; a failure behind the first group is returned by the next read.
    /// </summary>
    // Models iommufd_fault_fops_read(), v7.3; fault.c, v6.12.117.
    public override Errno Read(ulong address, ulong count, out ulong done)
    {
        const string Site = "iommufd_fault_fops_read";
        done = 0;
        Heap.Touch(this, Site);
        if (count % s_faultSize != 0)
            return Errno.ESPIPE;
        var rc = Errno.OK;
        var isLocked = !Context.Machine.Has(Bug.P23);
        if (isLocked)
            Mutex.Lock(Site);
        while (Fetch() is { } group)
        {
            Heap.Touch(group, Site);
            if (done >= count || (ulong)group.Faults.Count * s_faultSize > count - done)
            {
                Restore(group);
                if (done == 0 && !Context.Machine.Has(Bug.M04))
                    rc = Errno.EINVAL;
                break;
            }

            rc = Keep(group);
            if (rc == Errno.OK)
                rc = CopyGroup(group, address, ref done);
            if (rc == Errno.OK && done == count && Context.Machine.Has(Bug.P14))
                Restore(group);
            if (rc == Errno.OK || (rc == Errno.EFAULT && MustSpin(Site)))
                continue;
            break;
        }

        if (isLocked)
            Mutex.Unlock(Site);
        return done == 0 ? rc : Errno.OK;
    }

    /// <summary>
    /// Responds to groups by cookie. ESPIPE for a length that is no multiple of a response, EFAULT, EINVAL for an
    /// unknown code or cookie; a failure behind the first response is not returned.
    /// </summary>
    // Models iommufd_fault_fops_write(), v7.3; fault.c, v6.12.117.
    public override Errno Write(ulong address, ulong count, out ulong done)
    {
        const string Site = "iommufd_fault_fops_write";
        done = 0;
        Heap.Touch(this, Site);
        if (count % s_responseSize != 0)
            return Errno.ESPIPE;
        var rc = Errno.OK;
        HwptPageResponse response = default;
        var bytes = MemoryMarshal.AsBytes(new Span<HwptPageResponse>(ref response));
        Mutex.Lock(Site);
        while (done < count)
        {
            rc = Context.Machine.CopyFromUser(bytes, address + done);
            if (rc != Errno.OK)
            {
                if (done == 0 && Context.Machine.Has(Bug.M05))
                    done = s_responseSize;
                break;
            }

            Context.Machine.Reach(Unanswered, Touch.Write, "xa_erase");
            var group = IsKnown(response.Code) ? TakeUnanswered(response.Cookie) : null;
            if (group is null)
            {
                rc = Errno.EINVAL;
                if (done > 0 && Context.Machine.Has(Bug.P16))
                    done += s_responseSize;
                break;
            }

            RespondAndFree(group, (PageResponse)response.Code);
            done += s_responseSize;
        }

        Mutex.Unlock(Site);
        return done == 0 ? rc : Errno.OK;
    }

    protected override string Noun => "fault queue";

    /// <summary>The group with the cookie; with <see cref="Bug.P15"/> the first, as soon as there is one.</summary>
    private IopfGroup? TakeUnanswered(uint cookie)
    {
        if (cookie == 0 && Unanswered.Count > 0 && Context.Machine.Has(Bug.N16))
            Unanswered.FreeZero();
        if (Unanswered.Find(cookie) is null || !Context.Machine.Has(Bug.P15))
            return Unanswered.Erase(cookie);
        for (uint first = 1; ; first++)
        {
            if (Unanswered.Erase(first) is { } group)
                return group;
        }
    }

    private bool IsKnown(uint code) =>
        Context.Machine.Has(Bug.M06)
        || code is PgfaultConstants.IOMMUFD_PAGE_RESP_SUCCESS or PgfaultConstants.IOMMUFD_PAGE_RESP_INVALID;

    /// <param name="handle">What the faults came through.</param>
    /// <param name="origin">The device they came from; null for any.</param>
    // Models iommufd_auto_response_faults(), v7.3; fault.c, v6.12.
    private void AutoRespond(IommuAttachHandle handle, IommuDevice? origin)
    {
        const string Site = "iommufd_auto_response_faults";
        Lock.Lock(Site);
        var mine = _deliver.FindAll(IsMine);
        _deliver.RemoveAll(mine.Contains);
        Lock.Unlock(Site);
        foreach (var group in mine)
            RespondAndFree(group, PageResponse.Invalid);
        for (uint cookie = 0; cookie <= Unanswered.MaxId; cookie++)
        {
            if (!Unanswered.TryFind(cookie, out var group) || !IsMine(group))
                continue;
            Unanswered.Erase(cookie);
            RespondAndFree(group, PageResponse.Invalid);
        }

        bool IsMine(IopfGroup group)
        {
            Heap.Touch(group, Site);
            return ReferenceEquals(group.AttachHandle, handle)
                && (origin is null || ReferenceEquals(group.FaultParam.Device, origin));
        }
    }

    // Models iommufd_fault_deliver_fetch(), v7.3.
    private IopfGroup? Fetch()
    {
        const string Site = "iommufd_fault_deliver_fetch";
        Lock.Lock(Site);
        var group = _deliver.Count == 0 ? null : _deliver[0];
        if (group is not null)
            _deliver.RemoveAt(0);
        Lock.Unlock(Site);
        return group;
    }

    // Models iommufd_fault_deliver_restore(), v7.3.
    private void Restore(IopfGroup group)
    {
        const string Site = "iommufd_fault_deliver_restore";
        Lock.Lock(Site);
        _deliver.Insert(0, group);
        Lock.Unlock(Site);
    }

    /// <summary>The group waits for its response from now on; ENOMEM puts it back.</summary>
    private Errno Keep(IopfGroup group)
    {
        if (!Context.Machine.Heap.CanAllocate("xa_alloc"))
        {
            Restore(group);
            return Errno.ENOMEM;
        }

        Context.Machine.Reach(Unanswered, Touch.Write, "xa_alloc");
        group.Cookie = Unanswered.Reserve();
        Unanswered.Publish(group.Cookie, group);
        return Errno.OK;
    }

    private Errno CopyGroup(IopfGroup group, ulong address, ref ulong done)
    {
        const string Site = "iommufd_fault_fops_read";
        Heap.Touch(group.AttachHandle, Site);
        var handle = (IommufdAttachHandle)group.AttachHandle;
        var device = Context.Machine.Has(Bug.N11) ? handle.Device : handle.DeviceOf(group.FaultParam.Device);
        Heap.Touch(device, Site);
        var groupDone = done;
        foreach (var fault in group.Faults)
        {
            Context.Machine.Reach(Unanswered, Touch.Read, Site);
            Heap.Touch(group, Site);
            Heap.Touch(fault, Site);
            var data = Compose(fault.Request, device, group.Cookie);
            var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<HwptPgfault>(in data));
            if (Context.Machine.CopyToUser(address + groupDone, bytes) != Errno.OK)
            {
                Unanswered.Erase(group.Cookie);
                Restore(group);
                if (Context.Machine.Has(Bug.M03))
                    done = groupDone;
                return Errno.EFAULT;
            }

            groupDone += s_faultSize;
        }

        done = groupDone;
        return Errno.OK;
    }

    /// <summary>
    /// With the bug the loop goes on after a fault: it fetches the same group for ever, with the mutex held.
    /// </summary>
    private bool MustSpin(string site)
    {
        if (!Context.Machine.Has(Bug.M02))
            return false;
        throw Context.Machine.Oops(ReportKind.HungTask, site, "fetches the group that it has just put back, for ever");
    }

    // Models iommufd_compose_fault_message(), v7.3.
    private static HwptPgfault Compose(PageRequest request, IommufdDevice device, uint cookie) =>
        new()
        {
            Flags = request.Flags,
            DevId = device.Id,
            Pasid = request.Pasid,
            Grpid = request.GroupId,
            Perm = request.Perm,
            Addr = request.Address,
            Cookie = cookie,
        };

    private static void RespondAndFree(IopfGroup group, PageResponse code)
    {
        PageFaults.GroupResponse(group, code);
        PageFaults.FreeGroup(group);
    }
}
