using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Races;

/// <summary>
/// Watches the accesses of tasks that run under a scheduler, and reports two to one byte that nothing orders, of which
/// one writes and one is plain. Which orders there are is told by <see cref="RaceClocks"/>.
/// </summary>
/// <remarks>
/// Accesses of provided functions are no accesses: they stand for code that has its own locks. Their copies of many
/// bytes are the C's, and so is what they free. A stack is its task's alone.
/// </remarks>
internal sealed class RaceDetector(SourceMachine machine, RacePoints points) : IAccessWatch
{
    private const ulong Granule = 8;

    /// <summary>What can still race, by granule. Seldom more than two or three accesses each.</summary>
    private readonly Dictionary<ulong, List<RaceAccess>> _history = [];

    /// <summary>Titles that this run has reported: a loop makes the same race again and again.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Places before which a task can be switched away from, in this run.</summary>
    private readonly HashSet<int> _switchBefore = [.. points.All];

    public RaceClocks Clocks { get; } = new();

    /// <summary>The places of the races that this run has seen and does not switch at yet.</summary>
    public bool HasNewPlaces => points.All.Length > _switchBefore.Count;

    /// <summary>
    /// A volatile or atomic access comes next; of a provided function, that is all that it does there.
    /// </summary>
    public void Reached(Cpu cpu, ulong address, bool isWrite, int site)
    {
        if (!SiteTable.IsProvided(site))
            cpu.Mark = new AccessMark(site, isWrite);
        else if (isWrite)
            Clocks.Exchange(cpu, address);
        else
            Clocks.Acquire(cpu, address);
    }

    public void Access(ulong address, int size, bool isWrite, int site)
    {
        if (machine.Machine.Scheduler is not { } scheduler || site == 0 || SiteTable.IsProvided(site))
            return;
        var cpu = machine.Running;
        var kind = isWrite ? AccessKind.Write : AccessKind.PlainRead;
        if (cpu.TakeMark(site, isWrite))
        {
            if (!isWrite)
                Clocks.Acquire(cpu, address);
            Note(cpu, address, (ulong)size, kind | AccessKind.Marked, site);
            if (isWrite)
                Clocks.Release(cpu, address);
            return;
        }

        SwitchBefore(cpu, scheduler, address, isWrite, site);
        Note(cpu, address, (ulong)size, kind, site);
    }

    public void Copy(ulong address, ulong length, bool isWrite, int site)
    {
        if (machine.Machine.Scheduler is not { } scheduler || site == 0)
            return;
        var cpu = machine.Running;
        SwitchBefore(cpu, scheduler, address, isWrite, site);
        Note(cpu, address, length, (isWrite ? AccessKind.Write : AccessKind.PlainRead) | AccessKind.Bulk, site);
    }

    /// <summary>A block is about to be freed: whatever another task did with it must have happened before.</summary>
    public void Free(Cpu cpu, ulong address, ulong size)
    {
        if (machine.Machine.Scheduler is not { } scheduler || size == 0)
            return;
        foreach (var granule in GranulesOf(address, size))
            SwitchBefore(cpu, scheduler, granule, isWrite: true, cpu.Site);
        var access = new RaceAccess
        {
            Context = Clocks.Of(cpu).Number,
            Cpu = cpu,
            Kind = AccessKind.Write | AccessKind.Free,
            Bytes = byte.MaxValue,
        };
        Fill(access, address, size, cpu.Site);
        foreach (var granule in GranulesOf(address, size))
        {
            Check(_history[granule], access);
            _history.Remove(granule);
        }
    }

    /// <summary>The granules of a block that are remembered.</summary>
    private List<ulong> GranulesOf(ulong address, ulong size)
    {
        var granules = new List<ulong>();
        for (var at = address & ~(Granule - 1); at < address + size; at += Granule)
        {
            if (_history.ContainsKey(at))
                granules.Add(at);
        }

        return granules;
    }

    private void SwitchBefore(Cpu cpu, IScheduler scheduler, ulong address, bool isWrite, int site)
    {
        if (_switchBefore.Contains(SiteTable.PlaceOf(site)))
            machine.Points.SwitchBefore(cpu, scheduler, address, isWrite, site);
    }

    private void Note(Cpu cpu, ulong address, ulong size, AccessKind kind, int site)
    {
        if (!machine.Memory.IsOurs(address, size) || machine.IsOnStack(address))
            return;
        for (var at = address & ~(Granule - 1); at < address + size; at += Granule)
        {
            var first = at < address ? (int)(address - at) : 0;
            var end = (int)Math.Min(Granule, address + size - at);
            Note(cpu, at, (byte)((1 << end) - (1 << first)), (address, size), kind, site);
        }
    }

    private void Note(Cpu cpu, ulong granule, byte bytes, (ulong Address, ulong Size) whole, AccessKind kind, int site)
    {
        var clock = Clocks.Of(cpu);
        if (!_history.TryGetValue(granule, out var history))
            _history.Add(granule, history = []);
        RaceAccess? same = null;
        for (var i = history.Count - 1; i >= 0; i--)
        {
            var known = history[i];
            if (known.Context != clock.Number || known.Kind != kind || (known.Bytes & ~bytes) != 0)
                continue;
            if (known.Bytes == bytes)
                same = known;
            else
                history.RemoveAt(i);
        }

        if (same is not null && same.Epoch == clock.Epoch && same.Site == SiteTable.PlaceOf(site))
            return;
        if (same is null)
        {
            same = new RaceAccess
            {
                Context = clock.Number,
                Cpu = cpu,
                Kind = kind,
                Bytes = bytes,
            };
            history.Add(same);
        }

        Fill(same, whole.Address, whole.Size, site);
        Check(history, same);
    }

    private void Fill(RaceAccess access, ulong address, ulong size, int site)
    {
        access.Epoch = Clocks.Of(access.Cpu).Epoch;
        access.Address = address;
        access.Size = size;
        access.Site = SiteTable.PlaceOf(site);
        access.Callers = access.Cpu.Callers();
        access.Call = access.Cpu.Task.Call;
    }

    private void Check(List<RaceAccess> history, RaceAccess access)
    {
        var now = Clocks.Of(access.Cpu).Now;
        foreach (var other in history)
        {
            if (
                other.Context != access.Context
                && other.Epoch > now[other.Context]
                && (other.Bytes & access.Bytes) != 0
                && RaceAccess.Conflict(other.Kind, access.Kind)
            )
            {
                Report(other, access);
            }
        }
    }

    private void Report(RaceAccess earlier, RaceAccess later)
    {
        points.Add(earlier.Site);
        points.Add(later.Site);
        var functions = RaceReport.FunctionsOf(machine, earlier, later);
        if (_told.Add(functions))
        {
            machine.Machine.Report(ReportKind.DataRace, functions, RaceReport.Describe(machine, earlier, later));
        }
    }
}

/// <summary>The C said that the next access at this place is volatile or atomic.</summary>
internal readonly record struct AccessMark(int Site, bool IsWrite);
