using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>
/// Events of one type of a vIOMMU on their way to user space. Models struct iommufd_veventq. A queue that is
/// full, or without memory, ends with the announcement that events were lost; there is one for each queue.
/// </summary>
internal sealed class VeventQueue(IommufdContext context, Viommu viommu, uint type, uint depth)
    : EventQueue(context, ObjectType.Veventq)
{
    /// <summary>Bytes of struct iommufd_vevent_header.</summary>
    private const int HeaderSize = 8;

    private readonly LinkedList<Vevent> _deliver = [];
    private readonly Vevent _lostHeader = new(VeventqConstants.IOMMU_VEVENTQ_FLAG_LOST_EVENTS, []);
    private uint _sequence;

    public Viommu Viommu { get; } = viommu;

    /// <summary>IOMMU_VEVENTQ_TYPE_*.</summary>
    public uint EventType { get; } = type;

    /// <summary>Events that fit.</summary>
    public uint Depth { get; } = depth;

    /// <summary>Events queued, the announcement of a loss not counted. C's num_events.</summary>
    public uint EventCount { get; private set; }

    /// <summary>What waits to be read, the announcement of a loss last.</summary>
    public IReadOnlyCollection<Vevent> Undelivered => _deliver;

    /// <summary>What the next event, or announcement of a loss, is numbered.</summary>
    public uint NextSequence => _sequence;

    /// <summary>Events reported; the sum of those read, queued and lost.</summary>
    public int Reported { get; private set; }

    public int ReadByUser { get; private set; }

    public int Lost { get; private set; }

    public override bool HasEvents => _deliver.Count > 0;

    public override bool TakesResponses => false;

    private Heap Heap => Context.Machine.Heap;

    /// <summary>Part of the driver's report, see <see cref="Viommu.ReportEvent"/>.</summary>
    internal Errno Report(ReadOnlySpan<byte> data)
    {
        const string Site = "iommufd_viommu_report_event";
        Reported++;
        if (!Heap.CanAllocate(Site))
        {
            Lock.Lock(Site);
            Lost++;
            Append(_lostHeader);
            Lock.Unlock(Site);
            return Errno.ENOMEM;
        }

        var vevent = Heap.Track(new Vevent(0, data.ToArray()), Site);
        Lock.Lock(Site);
        if (EventCount == Depth)
        {
            Heap.Free(vevent, Site);
            Lost++;
            vevent = _lostHeader;
        }
        else
        {
            EventCount++;
        }

        Append(vevent);
        Lock.Unlock(Site);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/eventq.c:iommufd_veventq_destroy(), v7.3.
    public override void Destroy()
    {
        const string Site = "iommufd_veventq_destroy";
        Viommu.VeventqsRwsem.DownWrite(Site);
        Abort();
        Viommu.VeventqsRwsem.UpWrite(Site);
    }

    // Models iommufd_veventq_abort(), v7.3.
    public override void Abort()
    {
        const string Site = "iommufd_veventq_abort";
        foreach (var vevent in _deliver)
        {
            if (!ReferenceEquals(vevent, _lostHeader))
                Heap.Free(vevent, Site);
        }

        _deliver.Clear();
        Viommu.DropUser(Site);
        Viommu.Veventqs.Remove(this);
    }

    /// <summary>
    /// Whole events, as many as fit. EINVAL for fewer bytes than a header, or when the first event does not fit;
    /// ENOMEM, EFAULT; a failure behind the first event is returned by the next read.
    /// </summary>
    // Models iommufd_veventq_fops_read(), v7.3.
    public override Errno Read(ulong address, ulong count, out ulong done)
    {
        const string Site = "iommufd_veventq_fops_read";
        done = 0;
        Heap.Touch(this, Site);
        if (count < HeaderSize)
            return Errno.EINVAL;
        var rc = Errno.OK;
        while (rc == Errno.OK)
        {
            rc = Fetch(out var vevent);
            if (rc != Errno.OK || vevent is null)
                break;
            var room = count - done;
            if (room < HeaderSize)
            {
                Restore(vevent);
                break;
            }

            if (!vevent.AnnouncesLoss && room < HeaderSize + (ulong)vevent.Data.Length)
            {
                Restore(vevent);
                if (done == 0 && !Context.Machine.Has(Bug.M04))
                    rc = Errno.EINVAL;
                break;
            }

            rc = CopyOut(vevent, address, ref done);
        }

        return done == 0 ? rc : Errno.OK;
    }

    // Models iommufd_vevent_handler(), v7.3: the announcement is only ever the last.
    private void Append(Vevent vevent)
    {
        if (ReferenceEquals(_deliver.Last?.Value, _lostHeader))
            _deliver.RemoveLast();
        _deliver.AddLast(vevent);
        vevent.Sequence = _sequence;
        if (!vevent.AnnouncesLoss || !Context.Machine.Has(Bug.P19))
            _sequence = (_sequence + 1) & int.MaxValue;
    }

    /// <summary>The first event, or null. Of the announcement it is a copy, which may find no memory.</summary>
    // Models iommufd_veventq_deliver_fetch(), v7.3.
    private Errno Fetch(out Vevent? vevent)
    {
        const string Site = "iommufd_veventq_deliver_fetch";
        Lock.Lock(Site);
        vevent = _deliver.First?.Value;
        if (ReferenceEquals(vevent, _lostHeader))
        {
            if (!Heap.CanAllocate(Site))
            {
                Lock.Unlock(Site);
                return Context.Machine.Has(Bug.M14) ? NothingThere(out vevent) : Errno.ENOMEM;
            }

            var copy = new Vevent(_lostHeader.Flags, []) { Sequence = _lostHeader.Sequence };
            vevent = Heap.Track(copy, Site);
        }

        if (vevent is not null)
            _deliver.RemoveFirst();
        Lock.Unlock(Site);
        return Errno.OK;
    }

    private static Errno NothingThere(out Vevent? vevent)
    {
        vevent = null;
        return Errno.OK;
    }

    // Models iommufd_veventq_deliver_restore(), v7.3.
    private void Restore(Vevent vevent)
    {
        const string Site = "iommufd_veventq_deliver_restore";
        Lock.Lock(Site);
        if (!vevent.AnnouncesLoss)
        {
            PutBack(vevent);
        }
        else
        {
            Heap.Free(vevent, Site);
            if (_deliver.Count == 0)
                _deliver.AddFirst(_lostHeader);
        }

        Lock.Unlock(Site);
    }

    /// <summary>At its place; with <see cref="Bug.N14"/> before all others.</summary>
    private void PutBack(Vevent vevent)
    {
        var next = _deliver.First;
        while (next is not null && !Context.Machine.Has(Bug.N14) && IsBefore(next.Value, vevent))
            next = next.Next;
        if (next is null)
            _deliver.AddLast(vevent);
        else
            _deliver.AddBefore(next, vevent);
    }

    /// <summary>Sequence numbers start again after 31 bits.</summary>
    private static bool IsBefore(Vevent one, Vevent other) =>
        ((other.Sequence - one.Sequence) & int.MaxValue) is > 0 and < (1u << 30);

    private Errno CopyOut(Vevent vevent, ulong address, ref ulong done)
    {
        const string Site = "iommufd_veventq_fops_read";
        Heap.Touch(vevent, Site);
        var header = new VeventHeader { Flags = vevent.Flags, Sequence = vevent.Sequence };
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<VeventHeader>(in header));
        var rc = Context.Machine.CopyToUser(address + done, bytes);
        if (rc == Errno.OK)
        {
            done += HeaderSize;
            rc = Context.Machine.CopyToUser(address + done, vevent.Data);
            if (rc != Errno.OK && !Context.Machine.Has(Bug.M13))
                done -= HeaderSize;
        }

        if (rc != Errno.OK)
        {
            Restore(vevent);
            return rc;
        }

        Lock.Lock(Site);
        if (!vevent.AnnouncesLoss)
        {
            EventCount--;
            ReadByUser++;
        }

        Lock.Unlock(Site);
        done += (ulong)vevent.Data.Length;
        Heap.Free(vevent, Site);
        return Errno.OK;
    }
}
