using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Lists of pieces of memory: arrays of struct scatterlist, one chained to the next.</summary>
internal static class ScatterLists
{
    private const string Entry = "scatterlist";

    /// <summary>C's SG_CHAIN and SG_END, in the bits of page_link that an address leaves free.</summary>
    private const ulong Chain = 1;

    private const ulong End = 2;

    // Models lib/scatterlist.c:sg_next(), v6.12.
    [Provides("sg_next")]
    public static ulong Next(Cpu cpu, ulong entry)
    {
        if ((cpu.Load(entry, Entry, "page_link") & End) != 0)
            return 0;
        var next = entry + cpu.Machine.Image.SizeOf(Entry);
        var link = cpu.Load(next, Entry, "page_link");
        return (link & Chain) == 0 ? next : link & ~(Chain | End);
    }
}
