using IommuSim.Source.Execution;

namespace IommuSim.Source.Races;

/// <summary>
/// What orders the tasks of a kernel: the functions that stand behind its locks, its RCU and its work tell it here, and
/// so does every volatile and atomic access of the C.
/// </summary>
/// <remarks>
/// The C is compiled for x86-64, where nothing is left of the difference between relaxed, acquire and release: a load
/// that is marked acquires, a store that is marked releases. A barrier that is missing is therefore not seen.
/// </remarks>
internal sealed class RaceClocks
{
    /// <summary>Keys that are no address of eight bytes: what an address is used for, in its lowest bits.</summary>
    private const ulong Readers = 1;
    private const ulong Lock = 2;
    private const ulong Work = 4;
    private const ulong GracePeriod = 5;

    private readonly Clocks _clocks = new();

    public TaskClock Of(Cpu cpu) => _clocks.Of(cpu);

    public void Acquire(Cpu cpu, ulong address) => _clocks.Acquire(Of(cpu), Granule(address));

    public void Release(Cpu cpu, ulong address) => _clocks.Release(Of(cpu), Granule(address));

    /// <summary>Both: what reads, changes and writes, or takes a lock of its own.</summary>
    public void Exchange(Cpu cpu, ulong address)
    {
        Acquire(cpu, address);
        Release(cpu, address);
    }

    /// <summary>A sleeping lock was taken; by a reader, who need not know what other readers did.</summary>
    public void Locked(Cpu cpu, ulong address, bool isRead = false)
    {
        _clocks.Acquire(Of(cpu), Granule(address) | Lock);
        if (!isRead)
            _clocks.Acquire(Of(cpu), Granule(address) | Readers);
    }

    public void Unlocks(Cpu cpu, ulong address, bool isRead = false) =>
        _clocks.Release(Of(cpu), Granule(address) | (isRead ? Readers : Lock));

    /// <summary>What a task that begins now knows, by the one that starts it.</summary>
    public uint[] Start(Cpu cpu)
    {
        var clock = Of(cpu);
        var known = (uint[])clock.Now.Clone();
        clock.Advance();
        return known;
    }

    public void Begin(Cpu cpu, uint[] known) => Of(cpu).Hear(known);

    /// <summary>The work item or the queue at this address has ended or is looked at, under the pool's lock.</summary>
    public void Worked(Cpu cpu, ulong address)
    {
        _clocks.Acquire(Of(cpu), Granule(address) | Work);
        _clocks.Release(Of(cpu), Granule(address) | Work);
    }

    /// <summary>
    /// A grace period ends. Readers are no code, so that each task counts as one until now: whatever it did comes
    /// before.
    /// </summary>
    public void EndGracePeriod(Cpu cpu) => _clocks.HearAll(Of(cpu));

    /// <summary>A callback has ended, or all of them were waited for.</summary>
    public void CalledBack(Cpu cpu)
    {
        _clocks.Acquire(Of(cpu), GracePeriod);
        _clocks.Release(Of(cpu), GracePeriod);
    }

    /// <summary>
    /// The processor runs a callback of RCU: not as the task that it runs, of which the callback knows no more than of
    /// others. What it was before; given back by <see cref="Leave"/>.
    /// </summary>
    public TaskClock EnterCallback(Cpu cpu)
    {
        var own = Of(cpu);
        cpu.Clock = _clocks.Callbacks;
        _clocks.HearAll(cpu.Clock);
        return own;
    }

    public void Leave(Cpu cpu, TaskClock own)
    {
        CalledBack(cpu);
        cpu.Clock = own;
    }

    /// <summary>A lock of the kernel's own around a table of this machine, such as that of descriptors.</summary>
    public void Table(Cpu cpu, int number, bool isWrite)
    {
        // Below all addresses of memory, and apart from the one key that has none.
        var key = ((ulong)number + 1) * 8;
        _clocks.Acquire(Of(cpu), key);
        if (isWrite)
            _clocks.Release(Of(cpu), key);
    }

    private static ulong Granule(ulong address) => address & ~7UL;
}
