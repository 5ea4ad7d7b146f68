using IommuSim.Iommu;
using IommuSim.Iommufd.Files;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>The file of an event queue; it pins the context's file.</summary>
internal sealed class EventQueueFile(EventQueue queue) : KernelFile
{
    public EventQueue Queue { get; } = queue;

    public override bool CanRead => true;

    public override bool CanWrite => Queue.TakesResponses;

    public override Errno Read(ulong address, ulong count, out ulong done) => Queue.Read(address, count, out done);

    public override Errno Write(ulong address, ulong count, out ulong done) => Queue.Write(address, count, out done);

    public override uint Poll() => Queue.Poll();

    // Models drivers/iommu/iommufd/eventq.c:iommufd_eventq_fops_release(), v7.3: once users is dropped the queue may be
    // freed, so the context is read before.
    public override void Release()
    {
        const string Site = "iommufd_eventq_fops_release";
        var heap = Queue.Context.Machine.Heap;
        heap.Touch(Queue, Site);
        Queue.DropUser(Site);
        if (Queue.Context.Machine.Has(Bug.M01))
        {
            Queue.Context.Machine.Reach(Queue.Context, Machine.Touch.Read, Site, Queue);
            heap.Touch(Queue, Site);
        }

        var context = Queue.Context;
        heap.Free(this, "__fput");
        context.Kernel.PutFile(context);
    }

    public override string ToString() => $"file of {Queue}";
}
