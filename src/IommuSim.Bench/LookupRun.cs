using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace IommuSim.Bench;

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

    /// <summary>So many lookups. Optimized from the first call on, whatever the runtime waits for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
