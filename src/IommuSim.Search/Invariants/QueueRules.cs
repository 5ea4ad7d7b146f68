using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommufd;
using IommuSim.Iommufd.EventQueues;

namespace IommuSim.Search.Invariants;

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
            for (uint id = 1; id <= context.Objects.MaxId; id++)
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
        for (uint cookie = 1; cookie <= queue.Unanswered.MaxId; cookie++)
        {
            if (queue.Unanswered.Find(cookie) is not { } group)
                continue;
            Check(group, found);
            if (queue.Undelivered.Contains(group))
                found.Add(new Violation("I15", "a group of faults waits to be read and answered"));
        }
    }

    private static void Check(IopfGroup group, List<Violation> found)
    {
        if (group.Freed)
            found.Add(new Violation("I2", "a fault queue holds a freed group"));
        else if (group.AttachHandle.Freed)
            found.Add(new Violation("I15", "a fault queue holds a group whose handle is gone"));
        else if (group.IsPending)
            found.Add(new Violation("I15", "a group of faults has two owners"));
    }

    /// <summary>What was raised was answered or is somewhere.</summary>
    private static void CheckAnswers(IommufdKernel kernel, IommuDevice device, List<Violation> found)
    {
        var waiting = device.FaultParam?.Faults.Count ?? 0;
        foreach (var context in kernel.Contexts)
        {
            for (uint id = 1; id <= context.Objects.MaxId; id++)
            {
                if (context.Objects.Find(id) is not FaultQueue { Freed: false } queue)
                    continue;
                foreach (var group in queue.Undelivered)
                    waiting += IsOf(group, device) ? 1 : 0;
                for (uint cookie = 1; cookie <= queue.Unanswered.MaxId; cookie++)
                    waiting += IsOf(queue.Unanswered.Find(cookie), device) ? 1 : 0;
            }
        }

        var open = device.FaultGroupsRaised - device.FaultGroupsAnswered;
        if (open > waiting)
            found.Add(new Violation("I15", "a group of faults was lost unanswered"));
        else if (open < waiting)
            found.Add(new Violation("I15", "a group of faults was answered twice"));
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
                found.Add(new Violation("I16", "an event is queued behind the announcement of a loss"));
            if (vevent.Sequence <= before)
                found.Add(new Violation("I16", "the sequence of events goes back"));
            before = vevent.Sequence;
            announced = vevent.AnnouncesLoss;
            queued += announced ? 0u : 1;
        }

        if (queued != queue.EventCount)
            found.Add(new Violation("I16", "an event queue counts other events than it holds"));
        if (queued > queue.Depth)
            found.Add(new Violation("I16", "an event queue holds more events than it is deep"));
        if (queue.Reported != queue.ReadByUser + queued + queue.Lost)
            found.Add(new Violation("I16", "an event was neither read nor announced as lost"));
    }
}
