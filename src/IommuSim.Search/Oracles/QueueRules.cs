using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Viommus;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I15: every group of page faults has one owner, which answers it once, at latest when its handle goes. I16:
/// events are read, queued or announced as lost, each once and in their order.
/// </summary>
internal static class QueueRules
{
    public static void Check(IommufdKernel kernel, List<Violation> found)
    {
        var raises = false;
        foreach (var device in kernel.Devices)
            raises |= device.FaultGroupsRaised > 0;
        foreach (var context in kernel.Contexts)
        {
            for (uint id = 1; id <= context.Objects.LastUsed; id++)
            {
                var obj = context.Objects.Find(id);
                if (obj is VeventQueue { Freed: false } events)
                    Check(events, found);
                else if (raises && obj is FaultQueue { Freed: false } faults)
                    Check(faults, found);
            }
        }

        for (var i = 0; raises && i < kernel.Devices.Count; i++)
            CheckAnswers(kernel, kernel.Devices[i], found);
    }

    private static void Check(FaultQueue queue, List<Violation> found)
    {
        foreach (var group in queue.Undelivered)
            Check(group, found);
        for (uint cookie = 0; cookie <= queue.Unanswered.LastUsed; cookie++)
        {
            if (queue.Unanswered.Find(cookie) is not { } group)
                continue;
            Check(group, found);
            if (queue.Undelivered.Contains(group))
                found.Add("I15", "a group of faults waits to be read and answered");
        }
    }

    private static void Check(IopfGroup group, List<Violation> found)
    {
        if (group.Freed)
            found.Add("I2", "a fault queue holds a freed group");
        else if (group.AttachHandle.Freed)
            found.Add("I15", "a fault queue holds a group whose handle is gone");
        else if (group.IsPending)
            found.Add("I15", "a group of faults has two owners");
    }

    /// <summary>What was raised was answered or is somewhere.</summary>
    private static void CheckAnswers(IommufdKernel kernel, IommuDevice device, List<Violation> found)
    {
        var waiting = device.FaultParam?.Faults.Count ?? 0;
        foreach (var context in kernel.Contexts)
        {
            for (uint id = 1; id <= context.Objects.LastUsed; id++)
            {
                if (context.Objects.Find(id) is not FaultQueue { Freed: false } queue)
                    continue;
                foreach (var group in queue.Undelivered)
                    waiting += IsOf(group, device) ? 1 : 0;
                for (uint cookie = 0; cookie <= queue.Unanswered.LastUsed; cookie++)
                    waiting += IsOf(queue.Unanswered.Find(cookie), device) ? 1 : 0;
            }
        }

        var open = device.FaultGroupsRaised - device.FaultGroupsAnswered;
        if (open > waiting)
            found.Add("I15", "a group of faults was lost unanswered");
        else if (open < waiting)
            found.Add("I15", "a group of faults was answered twice");
    }

    private static bool IsOf(IopfGroup? group, IommuDevice device) =>
        group is not null && ReferenceEquals(group.FaultParam.Device, device);

    private static void Check(VeventQueue queue, List<Violation> found)
    {
        uint queued = 0;
        long before = -1;
        var announced = false;
        foreach (var vevent in queue.Undelivered)
        {
            if (announced)
                found.Add("I16", "an event is queued behind the announcement of a loss");
            if (vevent.Sequence <= before)
                found.Add("I16", "the sequence of events goes back");
            before = vevent.Sequence;
            announced = vevent.AnnouncesLoss;
            queued += announced ? 0u : 1;
        }

        if (queued != queue.EventCount)
            found.Add("I16", "an event queue counts other events than it holds");
        if (queued > queue.Depth)
            found.Add("I16", "an event queue holds more events than it is deep");
        if (queue.Reported != queue.ReadByUser + queued + queue.Lost)
            found.Add("I16", "an event was neither read nor announced as lost");
    }
}

/// <summary>I16: a read gives whole events, and says why when it gives none although some wait.</summary>
internal static class ReadRules
{
    private static readonly ulong s_header = (ulong)Unsafe.SizeOf<VeventHeader>();
    private static readonly ulong s_data = (ulong)Unsafe.SizeOf<ViommuEventSelftest>();

    public static void Check(PreparedCall made, StepOutcome outcome, SequenceMachine machine, List<Violation> found)
    {
        if (!outcome.Result.Succeeded || machine.Kernel.QueueOf(made.Descriptor) is not VeventQueue queue)
            return;
        if (made.Moved == 0 && made.Count >= s_header && queue.HasEvents)
            found.Add("I16", "a read tells of no event although some wait");
        if (!IsWhole(made, machine.Memory))
            found.Add("I16", "a read ends in the middle of an event");
    }

    private static bool IsWhole(PreparedCall made, SearchMemory memory)
    {
        ulong at = 0;
        while (at + s_header <= made.Moved)
        {
            var header = memory.Look<VeventHeader>(made.Buffer + at);
            var isLoss = (header.Flags & VeventqConstants.IOMMU_VEVENTQ_FLAG_LOST_EVENTS) != 0;
            at += s_header + (isLoss ? 0 : s_data);
        }

        return at == made.Moved;
    }
}

/// <summary>
/// I5, I2 and I4: what a guest's number leads to is set up, is alive and has an id; so is a device's vDEVICE.
/// </summary>
internal static class GuestRules
{
    public static void Check(IommufdObject obj, List<Violation> found)
    {
        if (obj is Viommu viommu)
            CheckNumbers(viommu, found);
        else if (obj is IommufdDevice { Vdevice: { } vdevice } device)
            CheckVdevice(device, vdevice, found);
        else if (obj is Vdevice { Binding.Freed: true })
            found.Add("I4", "a vDEVICE outlived its device");
    }

    private static void CheckNumbers(Viommu viommu, List<Violation> found)
    {
        foreach (var vdevice in viommu.Vdevices.Values)
        {
            if (vdevice is null)
                found.Add("I5", "a number of a vIOMMU leads nowhere");
            else if (vdevice.Freed)
                found.Add("I2", "a number of a vIOMMU leads to a freed vDEVICE");
            else if (!ReferenceEquals(viommu.Context.Objects.Find(vdevice.Id), vdevice))
                found.Add("I5", "a number of a vIOMMU leads to one without an id");
        }
    }

    private static void CheckVdevice(IommufdDevice device, Vdevice vdevice, List<Violation> found)
    {
        if (vdevice.Freed)
            found.Add("I2", "a device points to a freed vDEVICE");
        else if (!ReferenceEquals(vdevice.Binding, device))
            found.Add("I4", "a device points to the vDEVICE of another");
    }
}
