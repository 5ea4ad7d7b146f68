using System.Globalization;
using System.Runtime.Intrinsics.X86;
using IommuSim.Benchmarks.Measuring;

namespace IommuSim.Benchmarks.Lookup;

/// <summary>
/// One design on one workload. Every call begins when the one before is answered, as in an ioctl that does
/// one lookup: a fence keeps the processor from reading ahead for the next call, which it does even behind a
/// wrongly predicted call. A run goes on where the last one ended, and each design begins elsewhere, so that none finds
/// warm what another has read.
/// </summary>
public sealed unsafe class LookupRun(LookupDesign design, LookupMemory memory, int start = 0)
{
    /// <summary>Always 0, which the compiler cannot know: the next call needs the answer of this one.</summary>
    private readonly int _zero = int.Parse("0", CultureInfo.InvariantCulture);

    private int _at = start;

    /// <summary>A probe for every design that the workload is something for.</summary>
    public static Probe[] ProbesOf(LookupMemory memory)
    {
        var designs = LookupDesign.All.Where(d => d.Has(memory.Workload)).ToArray();
        var apart = memory.Calls / designs.Length;
        return [.. designs.Select((d, i) => new Probe(d.Name, new LookupRun(d, memory, i * apart).Run))];
    }

    public void Run(int count)
    {
        var at = _at;
        var mask = memory.Calls - 1;
        for (var i = 0; i < count; i++)
        {
            var found = design.Supports(in memory.Sequence[at]) ? 1 : 0;
            at = (at + 1 + (found & _zero)) & mask;
            if (Sse2.IsSupported)
                Sse2.LoadFence();
        }

        _at = at;
    }
}
