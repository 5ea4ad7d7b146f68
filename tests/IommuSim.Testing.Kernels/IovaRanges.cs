using System.Globalization;
using IommuSim.Uapi;

namespace IommuSim.Testing.Kernels;

/// <summary>The usable ranges of an IOAS as user space sees them.</summary>
internal static class IovaRanges
{
    private const int Room = 16;

    /// <summary>Inclusive ranges in hexadecimal, ascending, separated by blanks.</summary>
    public static string Of(UserProgram program, uint ioas)
    {
        var array = program.DataPlace + 2048;
        var request = program
            .New("IOAS_IOVA_RANGES")
            .With("ioas_id", ioas)
            .With("num_iovas", Room)
            .With("allowed_iovas", array);
        var count = program.Must(request, "num_iovas");
        var ranges = Enumerable.Range(0, (int)count).Select(i => program.Get<IovaRange>(array + (16 * (ulong)i)));
        return string.Join(' ', ranges.Select(Describe));
    }

    public static string[] OfEach(UserProgram program, uint[] ioases) => [.. ioases.Select(ioas => Of(program, ioas))];

    private static string Describe(IovaRange range) =>
        string.Create(CultureInfo.InvariantCulture, $"{range.Start:x}-{range.Last:x}");
}
