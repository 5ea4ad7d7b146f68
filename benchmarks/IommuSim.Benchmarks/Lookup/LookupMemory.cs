using System.Runtime.InteropServices;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.Lookup;

/// <summary>Devices, ops and tables in native memory, and the calls of one workload.</summary>
public sealed unsafe class LookupMemory : IDisposable
{
    /// <summary>Longer than any branch predictor remembers.</summary>
    private const int WarmCalls = 1 << 16;

    /// <summary>So many that their lines are out of every cache when a call comes again.</summary>
    private const int ColdCalls = 1 << 20;

    /// <summary>Bytes that no cache of the machine holds.</summary>
    private const long ColdBytes = 256L << 20;

    private readonly int _drivers;
    private readonly uint _entries;
    private readonly LookupOps* _ops;
    private readonly LookupDevice* _devices;
    private readonly ulong* _tables;

    /// <param name="workload">The order of the calls.</param>
    /// <param name="drivers">1 to 1024.</param>
    public LookupMemory(LookupWorkload workload, int drivers)
    {
        Workload = workload;
        Calls = workload == LookupWorkload.Cold ? ColdCalls : WarmCalls;
        _drivers = drivers;
        _entries = ((uint)drivers + 8) & ~7u;
        var bytes = (drivers * 2L * LookupOps.Line) + (_entries * sizeof(ulong));
        var copies = workload == LookupWorkload.Cold ? (int)(ColdBytes / bytes) : 1;
        _ops = (LookupOps*)Allocate((long)copies * drivers * LookupOps.Line);
        _devices = (LookupDevice*)Allocate((long)copies * drivers * LookupOps.Line);
        _tables = (ulong*)Allocate((long)copies * _entries * sizeof(ulong));
        Sequence = (LookupCall*)Allocate((long)Calls * sizeof(LookupCall));
        for (var copy = 0; copy < copies; copy++)
            Fill(copy, workload == LookupWorkload.Sparse);
        var random = new Random(1);
        for (var i = 0; i < Calls; i++)
        {
            var driver = workload switch
            {
                LookupWorkload.One => 0,
                LookupWorkload.Alternating => i % 2,
                _ => random.Next(drivers),
            };
            Sequence[i] = CallOf(random.Next(copies), driver);
        }
    }

    public LookupWorkload Workload { get; }

    /// <summary>A power of two.</summary>
    public int Calls { get; }

    public LookupCall* Sequence { get; }

    /// <summary>A call of the first copy.</summary>
    /// <param name="driver">From 0 on.</param>
    /// <param name="type">The type to ask for; the driver's own when null.</param>
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
            Type = DriverCode.TypeOf((uint)driver + 1),
            Length = _entries,
        };

    private void Fill(int copy, bool isSparse)
    {
        for (var driver = 0; driver < _drivers; driver++)
        {
            var number = (uint)driver + 1;
            var type = DriverCode.TypeOf(number);
            var bitmap = 1UL | 1UL << (int)type;
            var at = ((long)copy * _drivers) + driver;
            var first = _ops + driver;
            _ops[at] = new LookupOps
            {
                DriverType = isSparse && driver % 2 == 1 ? HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST : number,
                HwptType = type,
                HwptTypes = bitmap,
                DataLength = copy == 0 ? DriverCode.DataLengthOf(number) : first->DataLength,
                AllocUser = copy == 0 ? DriverCode.AllocUserOf(number) : first->AllocUser,
            };
            _devices[at].Ops = _ops + at;
            _tables[((long)copy * _entries) + number] = bitmap;
        }
    }
}
