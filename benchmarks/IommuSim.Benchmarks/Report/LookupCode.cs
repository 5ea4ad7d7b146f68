using System.Diagnostics;
using System.Globalization;
using IommuSim.Bench;

namespace IommuSim.Benchmarks.Report;

/// <summary>The machine code of one lookup.</summary>
/// <param name="Loads">Instructions that read memory other than the stack.</param>
/// <param name="Bytes">Bytes of code.</param>
/// <param name="Listing">The instructions.</param>
internal sealed record LookupCode(int Loads, int Bytes, string Listing)
{
    /// <summary>The command that compiles every lookup, and does nothing else.</summary>
    public const string Verb = "lookup-code";

    private const string ListingStart = "; Assembly listing for method ";
    private const string SizeStart = "; Total bytes of code ";

    /// <summary>
    /// By the name of the function. The compiler of a second process writes down what it makes.
    /// </summary>
    public static IReadOnlyDictionary<string, LookupCode> Read()
    {
        var methods = LookupDesign.All.Select(d => d.Method).ToArray();
        var file = Path.GetTempFileName();
        var start = new ProcessStartInfo(Environment.ProcessPath!, Verb);
        start.Environment["DOTNET_JitDisasm"] = string.Join(' ', methods);
        start.Environment["DOTNET_JitStdOutFile"] = file;
        using (var process = Process.Start(start)!)
            process.WaitForExit();
        var listings = File.ReadAllText(file).Split(ListingStart, StringSplitOptions.None);
        File.Delete(file);
        return methods.ToDictionary(
            m => m,
            m => Parse(listings.First(l => l.Contains($":{m}(", StringComparison.Ordinal))),
            StringComparer.Ordinal
        );
    }

    /// <summary>What <see cref="Verb"/> does.</summary>
    public static int Compile()
    {
        using var memory = new LookupMemory(LookupWorkload.One, drivers: 4);
        foreach (var design in LookupDesign.All)
            design.Supports(memory.CallOf(driver: 0));
        return 0;
    }

    private static LookupCode Parse(string listing)
    {
        var lines = listing.Split('\n').Select(line => line.Trim()).ToArray();
        var code = lines.Where(line => line.Length > 0 && char.IsAsciiLetterLower(line[0]));
        var size = lines.First(line => line.StartsWith(SizeStart, StringComparison.Ordinal));
        return new LookupCode(
            code.Count(IsLoad),
            int.Parse(size.AsSpan(SizeStart.Length), CultureInfo.InvariantCulture),
            string.Join('\n', code)
        );
    }

    /// <summary>Something in brackets that is not on the stack, and is not only written to.</summary>
    private static bool IsLoad(string line)
    {
        var at = line.IndexOf('[', StringComparison.Ordinal);
        if (at < 0 || line.StartsWith("lea", StringComparison.Ordinal))
            return false;
        var isStack =
            line[at..].StartsWith("[rsp", StringComparison.Ordinal)
            || line[at..].StartsWith("[rbp", StringComparison.Ordinal);
        var isStore =
            line.StartsWith("mov ", StringComparison.Ordinal) && at < line.IndexOf(',', StringComparison.Ordinal);
        return !isStack && !isStore;
    }
}
