using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommu.PageFaults;

/// <summary>
/// Delivers a device's page fault to the handler of the domain, and the response to the device. Models
/// drivers/iommu/io-pgfault.c.
/// </summary>
internal static class PageFaults
{
    /// <summary>C's IOMMU_NO_PASID: the device's own requests.</summary>
    public const uint NoPasid = 0;

    /// <summary>
    /// A driver reports a fault. EINVAL without a handler: the fault was answered "invalid" then; ENOMEM for one that
    /// is not the last of its group.
    /// </summary>
    // Models iommu_report_device_fault(), v6.12 and v7.3.
    public static Errno ReportDeviceFault(IommuDevice device, PageRequest request)
    {
        const string Site = "iommu_report_device_fault";
        var machine = device.Machine;
        var handle = FindFaultHandler(device, request);
        var param = handle is null ? null : GetParam(device);
        if (handle is null || machine.WarnOn(param is null, Site, "a fault-capable domain, but no fault parameter"))
        {
            device.Ops.PageResponse?.Invoke(device, request, PageResponse.Invalid);
            return Errno.EINVAL;
        }

        if ((request.Flags & PageRequest.LastPage) == 0)
        {
            var rc = ReportPartial(param!, request);
            PutParam(param!);
            return rc;
        }

        var isOnHeap = machine.Heap.CanAllocate("iopf_group_alloc");
        var group = MakeGroup(param!, request, isOnHeap);
        if (isOnHeap)
        {
            group.AttachHandle = handle;
            machine.Heap.Touch(handle, Site);
            machine.Heap.Touch(handle.Domain, Site);
            if (handle.Domain.IopfHandler!(group) == Errno.OK)
                return Errno.OK;
        }

        GroupResponse(group, PageResponse.Failure);
        if (isOnHeap)
            FreeGroup(group);
        else
            FreeParts(group);
        return Errno.OK;
    }

    /// <summary>Answers the group; it leaves the device's pending list if it was on it.</summary>
    // Models iopf_group_response(), v7.3.
    public static void GroupResponse(IopfGroup group, PageResponse code)
    {
        const string Site = "iopf_group_response";
        var param = Deref(group, Site);
        param.Lock.Lock(Site);
        Answer(group, code, Site);
        param.Faults.Remove(group);
        param.Lock.Unlock(Site);
    }

    /// <summary>Takes the group over from the device's pending list.</summary>
    // Models iopf_group_dequeue(), v7.3.
    public static void GroupDequeue(IopfGroup group)
    {
        const string Site = "iopf_group_dequeue";
        var param = Deref(group, Site);
        param.Lock.Lock(Site);
        param.Faults.Remove(group);
        param.Lock.Unlock(Site);
    }

    // Models iopf_free_group(), v7.3.
    public static void FreeGroup(IopfGroup group)
    {
        const string Site = "iopf_free_group";
        Deref(group, Site);
        FreeParts(group);
        group.FaultParam.Device.Machine.Heap.Free(group, Site);
    }

    internal static void Answer(IopfGroup group, PageResponse code, string site)
    {
        var device = Deref(group, site).Device;
        device.FaultGroupsAnswered++;
        device.Ops.PageResponse?.Invoke(device, group.LastFault.Request, code);
    }

    internal static void PutParam(IommuFaultParam param)
    {
        const string Site = "iopf_put_dev_fault_param";
        var machine = param.Device.Machine;
        machine.Heap.Touch(param, Site);
        if (param.Users.DecAndTest(machine, Site))
            machine.Heap.Free(param, Site);
    }

    private static IommuFaultParam Deref(IopfGroup group, string site)
    {
        var heap = group.FaultParam.Device.Machine.Heap;
        heap.Touch(group, site);
        heap.Touch(group.FaultParam, site);
        return group.FaultParam;
    }

    private static IommuFaultParam? GetParam(IommuDevice device)
    {
        const string Site = "iopf_get_dev_fault_param";
        device.Machine.Reach(device, Touch.Read, Site);
        var param = device.FaultParam;
        return param is not null && param.Users.IncNotZero(device.Machine, Site) ? param : null;
    }

    // Models report_partial_fault(), v7.3.
    private static Errno ReportPartial(IommuFaultParam param, PageRequest request)
    {
        const string Site = "report_partial_fault";
        var heap = param.Device.Machine.Heap;
        if (!heap.CanAllocate(Site))
            return Errno.ENOMEM;
        var fault = heap.Track(new IopfFault(request), Site);
        param.Lock.Lock(Site);
        param.Partial.Insert(0, fault);
        param.Lock.Unlock(Site);
        return Errno.OK;
    }

    /// <summary>
    /// The group of a last fault with the partial ones before it. Without memory one on the stack stands in,
    /// so that there is something to refuse.
    /// </summary>
    // Models iopf_group_alloc(), v7.3.
    private static IopfGroup MakeGroup(IommuFaultParam param, PageRequest request, bool isOnHeap)
    {
        const string Site = "iopf_group_alloc";
        var group = new IopfGroup { FaultParam = param, LastFault = new IopfFault(request) };
        if (isOnHeap)
            param.Device.Machine.Heap.Track(group, Site);
        param.Device.FaultGroupsRaised++;
        group.Faults.Add(group.LastFault);
        param.Lock.Lock(Site);
        foreach (var partial in param.Partial.ToArray())
        {
            if (partial.Request.GroupId != request.GroupId)
                continue;
            param.Partial.Remove(partial);
            group.Faults.Insert(0, partial);
        }

        param.Faults.Insert(0, group);
        param.Lock.Unlock(Site);
        return group;
    }

    // Models __iopf_free_group(), v7.3.
    private static void FreeParts(IopfGroup group)
    {
        var heap = group.FaultParam.Device.Machine.Heap;
        foreach (var fault in group.Faults)
        {
            if (!fault.IsLast)
                heap.Free(fault, "__iopf_free_group");
        }

        PutParam(group.FaultParam);
    }

    /// <summary>
    /// The handle that the fault came through. A PASID without one is the guest's where the driver leaves PASID tables
    /// to guests: the nested domain of the device then handles the fault.
    /// </summary>
    // Models find_fault_handler(), v7.3.
    private static IommuAttachHandle? FindFaultHandler(IommuDevice device, PageRequest request)
    {
        var group = device.Group;
        var hasPasid = (request.Flags & PageRequest.PasidValid) != 0;
        var handle = group.GetAttachHandle(hasPasid ? request.Pasid : NoPasid, null);
        if (handle is null && hasPasid && device.Ops.UserPasidTable)
            handle = group.GetAttachHandle(NoPasid, DomainType.Nested);
        if (handle is null)
            return null;
        device.Machine.Heap.Touch(handle, "find_fault_handler");
        return handle.Domain.IopfHandler is null ? null : handle;
    }
}
