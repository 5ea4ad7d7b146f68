using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommu.PageFaults;

/// <summary>
/// The devices of an IOMMU that may raise page faults. Models drivers/iommu/io-pgfault.c. Lock order:
/// <c>&amp;queue-&gt;lock</c>, <c>&amp;param-&gt;lock</c>, <c>&amp;fault_param-&gt;lock</c>.
/// </summary>
internal sealed class IopfQueue(KernelMachine machine)
{
    private static readonly LockClass s_lockClass = new("&queue->lock");

    private readonly KernelMutex _lock = new(machine, s_lockClass);
    private readonly List<IommuFaultParam> _devices = [];

    public IReadOnlyList<IommuFaultParam> Devices => _devices;

    /// <summary>ENODEV for a driver without page responses, EBUSY when the device is in a queue, ENOMEM.</summary>
    // Models iopf_queue_add_device(), v7.3.
    public Errno AddDevice(IommuDevice device)
    {
        const string Site = "iopf_queue_add_device";
        if (device.Ops.PageResponse is null)
            return Errno.ENODEV;
        _lock.Lock(Site);
        device.FaultLock.Lock(Site);
        var rc = Errno.OK;
        if (device.FaultParam is not null)
            rc = Errno.EBUSY;
        else if (!machine.Heap.CanAllocate(Site))
            rc = Errno.ENOMEM;
        if (rc == Errno.OK)
        {
            var param = machine.Heap.Track(new IommuFaultParam(device, this), Site);
            _devices.Insert(0, param);
            machine.Reach(device, Touch.Write, Site);
            device.FaultParam = param;
        }

        device.FaultLock.Unlock(Site);
        _lock.Unlock(Site);
        return rc;
    }

    /// <summary>Takes the device out; what is still on its pending list is answered "invalid" and freed.</summary>
    // Models iopf_queue_remove_device(), v7.3.
    public void RemoveDevice(IommuDevice device)
    {
        const string Site = "iopf_queue_remove_device";
        _lock.Lock(Site);
        device.FaultLock.Lock(Site);
        var param = device.FaultParam;
        if (
            !machine.WarnOn(
                param is null || !ReferenceEquals(param.Queue, this),
                Site,
                "the device is not in the queue"
            )
        )
        {
            param!.Lock.Lock(Site);
            foreach (var partial in param.Partial)
                machine.Heap.Free(partial, Site);
            param.Partial.Clear();
            foreach (var group in param.Faults.ToArray())
            {
                PageFaults.Answer(group, PageResponse.Invalid, Site);
                param.Faults.Remove(group);
                PageFaults.FreeGroup(group);
            }

            param.Lock.Unlock(Site);
            _devices.Remove(param);
            machine.Reach(device, Touch.Write, Site);
            device.FaultParam = null;
            PageFaults.PutParam(param);
        }

        device.FaultLock.Unlock(Site);
        _lock.Unlock(Site);
    }
}
