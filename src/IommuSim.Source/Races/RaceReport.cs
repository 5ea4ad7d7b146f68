using System.Globalization;
using System.Text;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Races;

/// <summary>A data race as KCSAN tells it: both accesses, each with its task and its stack, and the object.</summary>
internal static class RaceReport
{
    /// <summary>The functions in the order of KCSAN's titles, so that one race has one title.</summary>
    // Models kernel/kcsan/report.c:print_report(), v7.3.
    public static string FunctionsOf(SourceMachine machine, RaceAccess left, RaceAccess right)
    {
        var first = machine.Image.Sites.FunctionAt(left.Site);
        var second = machine.Image.Sites.FunctionAt(right.Site);
        return string.CompareOrdinal(first, second) <= 0 ? $"{first} / {second}" : $"{second} / {first}";
    }

    public static string Describe(SourceMachine machine, RaceAccess earlier, RaceAccess later)
    {
        var text = new StringBuilder();
        Append(text, machine, later);
        Append(text.Append('\n'), machine, earlier);
        if (machine.Heap.Find(later.Address) is { } block)
        {
            var offset = later.Address - block.Address;
            text.Append(CultureInfo.InvariantCulture, $"\nat byte {offset} of a block of {block.Describe()}");
        }

        if (IsAssumedAtomic(earlier, later))
        {
            text.Append("\nKCSAN reports this where CONFIG_KCSAN_ASSUME_PLAIN_WRITES_ATOMIC is off: ");
            text.Append("what is plain here are aligned writes");
        }

        return text.ToString();
    }

    /// <summary>Whether KCSAN as it is configured by default keeps silent.</summary>
    private static bool IsAssumedAtomic(RaceAccess left, RaceAccess right) =>
        (left.IsMarked || left.IsAlignedWrite) && (right.IsMarked || right.IsAlignedWrite);

    private static void Append(StringBuilder text, SourceMachine machine, RaceAccess access)
    {
        var sites = machine.Image.Sites;
        var verb =
            access.IsFree ? "free"
            : access.IsWrite ? "write"
            : "read";
        var marked = access.IsMarked ? " (marked)" : "";
        var call = access.Call.Length == 0 ? "" : $" in {access.Call}";
        text.Append(
            CultureInfo.InvariantCulture,
            $"{verb}{marked} of {access.Size} bytes at {machine.Points.NameOf(access.Address)}"
        );
        text.Append(CultureInfo.InvariantCulture, $" by task {access.Cpu.Task.Name}{call}");
        text.Append("\nin ").Append(sites.Describe(access.Site));
        foreach (var caller in access.Callers.Reverse().Where(site => site != 0))
            text.Append("\ncalled by ").Append(sites.Describe(caller));
    }
}
