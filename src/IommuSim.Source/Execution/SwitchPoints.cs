using System.Collections.Concurrent;
using IommuSim.Machine;
using IommuSim.Machine.State;
using IommuSim.Source.Provided;

namespace IommuSim.Source.Execution;

/// <summary>
/// Where a task that runs under a scheduler can be switched away from beside the primitives: before the volatile and
/// atomic accesses of its C. What tasks contend for there are the eight bytes that hold the address.
/// </summary>
internal sealed class SwitchPoints(SourceMachine machine)
{
    private const ulong Granule = 8;

    /// <summary>Places that are handed on; more than those of any scenario.</summary>
    private const int MostPlaces = 1 << 16;

    /// <summary>Places of machines that are gone: a place is an address, and so is good for any.</summary>
    private static readonly ConcurrentBag<Dictionary<ulong, MemoryPlace>> s_idle = [];

    [Stateless]
    private Dictionary<ulong, MemoryPlace>? _places;

    private readonly MemoryNames _names = new(machine);

    /// <summary>The eight bytes around an address; the same object each time.</summary>
    public MemoryPlace PlaceOf(ulong address)
    {
        var start = address & ~(Granule - 1);
        _places ??= s_idle.TryTake(out var idle) ? idle : [];
        if (!_places.TryGetValue(start, out var place))
            _places.Add(start, place = new MemoryPlace(start));
        return place;
    }

    /// <summary>The machine runs no more: the next one that does need not make its places anew.</summary>
    public void Release()
    {
        if (_places is { Count: <= MostPlaces })
            s_idle.Add(_places);
        _places = null;
    }

    /// <summary>The task is about to access memory that others may see.</summary>
    public void Reach(Cpu cpu, IScheduler scheduler, ulong address, bool isWrite, int site)
    {
        SwitchBefore(cpu, scheduler, address, isWrite, site);
        machine.Races?.Reached(cpu, address, isWrite, site);
    }

    /// <summary>The same before an access that is plain.</summary>
    public void SwitchBefore(Cpu cpu, IScheduler scheduler, ulong address, bool isWrite, int site)
    {
        // No other task looks at a stack; the store that releases a spinlock is part of the step before it.
        if (cpu.IsOnStack(address) || (isWrite && SpinLocks.Holds(cpu, address)))
            return;
        cpu.IsAt(site);
        if (cpu.SpinLocks.Count != 0)
            SpinLocks.ForgetReleased(cpu);
        ReachWhereItMayRead(cpu, scheduler, address, isWrite ? Touch.Write : Touch.Read);
    }

    /// <summary>The same where the task may be in the middle of an RCU reader, which the C does not tell.</summary>
    public void ReachWhereItMayRead(Cpu cpu, IScheduler scheduler, ulong address, Touch touch)
    {
        cpu.Reached = address;
        var deferred = machine.Provided.Deferred;
        deferred.BeginPossibleReader();
        try
        {
            scheduler.Reach(PlaceOf(address), touch, cpu.Caller, obj: null);
        }
        finally
        {
            deferred.EndPossibleReader();
        }
    }

    /// <summary>What the task reached there; the address says more than the eight bytes.</summary>
    public string NameOf(Cpu cpu, MemoryPlace place) =>
        NameOf(cpu.Reached - place.Address < Granule ? cpu.Reached : place.Address);

    /// <summary>What a reader is told of an address.</summary>
    public string NameOf(ulong address) => _names.NameOf(address);
}

/// <summary>Eight bytes of a source kernel's memory.</summary>
internal sealed record MemoryPlace(ulong Address)
{
    public override string ToString() => $"{Address:x16}";
}
