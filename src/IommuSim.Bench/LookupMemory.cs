using System.Runtime.InteropServices;

namespace IommuSim.Bench;

/// <summary>Devices, ops and tables in native memory, and the calls of one workload.</summary>
public sealed unsafe class LookupMemory : IDisposable
{
    /// <summary>Longer than any branch predictor remembers.</summary>
    private const int WarmCalls = 1 << 16;

    /// <summary>So many that their lines are out of every cache when a call comes again.</summary>
    private const int ColdCalls = 1 << 20;

    /// <summary>Bytes that no cache of the machine holds.</summary>
    private const long ColdBytes = 256L << 20;

    private readonly LookupTable _table;
    private readonly int _drivers;
    private readonly uint _entries;
    private readonly LookupOps* _ops;
    private readonly LookupDevice* _devices;
    private readonly ulong* _tables;

    /// <param name="workload">The order of the calls.</param>
    /// <param name="drivers">1 to 1024.</param>
    public LookupMemory(LookupWorkload workload, int drivers)
        : this(workload, LookupTable.Numbered(drivers, workload == LookupWorkload.Sparse)) { }

    /// <param name="workload">The order of the calls.</param>
    /// <param name="table">The drivers.</param>
    public LookupMemory(LookupWorkload workload, LookupTable table)
    {
        var drivers = table.Drivers.Length;
        Workload = workload;
        Calls = workload == LookupWorkload.Cold ? ColdCalls : WarmCalls;
        _table = table;
        _drivers = drivers;
        _entries = (table.Entries + 7) & ~7u;
        var bytes = (drivers * 2L * LookupOps.Line) + (_entries * sizeof(ulong));
        var copies = workload == LookupWorkload.Cold ? (int)(ColdBytes / bytes) : 1;
        _ops = (LookupOps*)Allocate((long)copies * drivers * LookupOps.Line);
        _devices = (LookupDevice*)Allocate((long)copies * drivers * LookupOps.Line);
        _tables = (ulong*)Allocate((long)copies * _entries * sizeof(ulong));
        Sequence = (LookupCall*)Allocate((long)Calls * sizeof(LookupCall));
        for (var copy = 0; copy < copies; copy++)
            Fill(copy);
        var random = new Random(1);
        for (var i = 0; i < Calls; i++)
        {
            var driver = workload switch
            {
                LookupWorkload.One => 0,
                LookupWorkload.Alternating => i % 2,
                LookupWorkload.InTurn => i % drivers,
                _ => random.Next(drivers),
            };
            Sequence[i] = CallOf(random.Next(copies), driver);
            var asked = table.Drivers[driver].Asked;
            if (asked.Length > 1)
                Sequence[i].Type = asked[random.Next(asked.Length)];
        }
    }

    public LookupWorkload Workload { get; }

    /// <summary>A power of two.</summary>
    public int Calls { get; }

    public LookupCall* Sequence { get; }

    /// <summary>A call of the first copy.</summary>
    /// <param name="driver">From 0 on.</param>
    /// <param name="type">The type to ask for; the newest of the driver's own when null.</param>
    public LookupCall CallOf(int driver, uint? type = null)
    {
        var call = CallOf(copy: 0, driver);
        call.Type = type ?? call.Type;
        return call;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_ops);
        NativeMemory.AlignedFree(_devices);
        NativeMemory.AlignedFree(_tables);
        NativeMemory.AlignedFree(Sequence);
    }

    private static void* Allocate(long bytes)
    {
        var memory = NativeMemory.AlignedAlloc((nuint)bytes, LookupOps.Line);
        NativeMemory.Clear(memory, (nuint)bytes);
        return memory;
    }

    private LookupCall CallOf(int copy, int driver) =>
        new()
        {
            Device = _devices + ((long)copy * _drivers) + driver,
            Table = _tables + ((long)copy * _entries),
            Type = _table.Drivers[driver].Asked[^1],
            Length = _entries,
        };

    private void Fill(int copy)
    {
        for (var i = 0; i < _drivers; i++)
        {
            var driver = _table.Drivers[i];
            var at = ((long)copy * _drivers) + i;
            var first = _ops + i;
            _ops[at] = new LookupOps
            {
                DriverType = driver.Number,
                HwptType = driver.Asked[^1],
                HwptTypes = driver.Bitmap,
                DataLength = copy == 0 ? DriverCode.DataLengthOf((uint)i, driver.Asked) : first->DataLength,
                AllocUser = copy == 0 ? DriverCode.AllocUserOf((uint)i, driver.Asked) : first->AllocUser,
            };
            _devices[at].Ops = _ops + at;
            if (driver.Number < _entries)
                _tables[((long)copy * _entries) + driver.Number] = driver.Bitmap;
        }
    }
}
