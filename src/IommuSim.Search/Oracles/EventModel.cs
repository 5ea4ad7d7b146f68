using System.Runtime.CompilerServices;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// A queue of a vIOMMU's events, naively. Whatever is reported has the next number. An event that finds the queue
/// full, or no memory, is announced as lost; the announcement is the last in the queue, there is one at most, and an
/// event that is queued later takes its place.
/// </summary>
internal sealed class EventModel(uint depth)
{
    private const uint LastSequence = int.MaxValue;

    private static readonly ulong s_header = (ulong)Unsafe.SizeOf<VeventHeader>();
    private static readonly ulong s_event = s_header + (ulong)Unsafe.SizeOf<ViommuEventSelftest>();

    private readonly List<Entry> _entries = [];
    private uint _next;
    private uint _queued;

    public bool HasEvents => _entries.Count > 0;

    public int Waiting => _entries.Count;

    public static Expectation ExpectTrigger(in IoctlMade call)
    {
        if (call.Device("dev_id") is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (device.Driver != "mock")
            return Expectation.Of(Errno.EINVAL, "the device is no mock");
        if (device.Hardware!.Viommu is null)
            return Expectation.Of(Errno.ENOENT, "the device is behind no vIOMMU");
        if (device.Hardware.Number is not { } number)
            return Expectation.None;
        if (number == 0)
            return Expectation.Of(Errno.ENOENT, "the mock has no number 0");
        return QueueOf(call) is null
            ? Expectation.Of(Errno.EOPNOTSUPP, "the vIOMMU has no such queue")
            : Expectation.Of(Errno.OK, "a queue takes any event");
    }

    public static string? Trigger(in IoctlMade call)
    {
        if (QueueOf(call) is { Events: { } events } && call.Device("dev_id")?.Hardware is { } hardware)
            events.Report((uint?)hardware.Number);
        return null;
    }

    /// <summary>Without memory for it the event is announced as lost.</summary>
    public static void Failed(in IoctlMade call, Errno errno)
    {
        if (errno == Errno.ENOMEM && QueueOf(call) is { Events: { } events })
            events.Append(new Entry(IsLoss: true, null));
    }

    public Expectation ExpectRead(ulong count, ulong room)
    {
        if (count < s_header)
            return Expectation.Of(Errno.EINVAL, "no event is that short");
        if (_entries.Count == 0)
            return Expectation.Of(Errno.OK, "there is nothing to read");
        if (count < SizeOf(_entries[0]))
            return Expectation.Of(Errno.EINVAL, "the first event does not fit");
        return room < SizeOf(_entries[0])
            ? Expectation.Of(Errno.EFAULT, "the buffer is not there")
            : Expectation.Of(Errno.OK, "there is something to read");
    }

    /// <summary>Takes over a read; returns what is wrong with what it returned.</summary>
    /// <param name="isWhole">No failure was injected: all that fits is returned.</param>
    public string? Read(PreparedCall made, ulong room, bool isWhole, SearchMemory memory)
    {
        ulong at = 0;
        var returned = 0;
        while (returned < _entries.Count && at < made.Moved)
        {
            var entry = _entries[returned];
            if (at + SizeOf(entry) > made.Moved)
                return "returns a part of an event";
            if (Compare(entry, memory, made.Buffer + at) is { } wrong)
                return wrong;
            at += SizeOf(entry);
            returned++;
        }

        if (at != made.Moved)
            return "returns an event that was not reported";
        var limit = Math.Min(made.Count, room);
        if (isWhole && returned < _entries.Count && at + SizeOf(_entries[returned]) <= limit)
            return "returns fewer events than wait and fit";
        for (var i = 0; i < returned; i++)
            _queued -= _entries[i].IsLoss ? 0u : 1;
        _entries.RemoveRange(0, returned);
        return null;
    }

    private static ModelObject? QueueOf(in IoctlMade call) =>
        call.Device("dev_id") is { Hardware.Viommu: { } viommu }
            ? call.Context.Find(ObjectKind.Veventq, viommu, VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST)
            : null;

    private static ulong SizeOf(in Entry entry) => entry.IsLoss ? s_header : s_event;

    private static string? Compare(in Entry entry, SearchMemory memory, ulong address)
    {
        var header = memory.Look<VeventHeader>(address);
        if (header.Flags != (entry.IsLoss ? VeventqConstants.IOMMU_VEVENTQ_FLAG_LOST_EVENTS : 0))
            return "returns an event for a loss, or a loss for an event";
        if (header.Sequence != entry.Sequence)
            return "returns an event with a wrong sequence number";
        if (entry.IsLoss)
            return null;
        var data = memory.Look<ViommuEventSelftest>(address + s_header);
        return entry.Number is null || entry.Number == data.VirtId ? null : "returns an event of another device";
    }

    private void Report(uint? number)
    {
        var isLoss = _queued == depth;
        Append(new Entry(isLoss, number));
        _queued += isLoss ? 0u : 1;
    }

    private void Append(Entry entry)
    {
        if (_entries.Count > 0 && _entries[^1].IsLoss)
            _entries.RemoveAt(_entries.Count - 1);
        _entries.Add(entry with { Sequence = _next });
        _next = (_next + 1) & LastSequence;
    }

    /// <param name="Number">How the guest numbers the device; null when that is not known.</param>
    private readonly record struct Entry(bool IsLoss, uint? Number)
    {
        public uint Sequence { get; init; }
    }
}
