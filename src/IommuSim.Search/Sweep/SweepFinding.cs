using System.Globalization;

namespace IommuSim.Search.Sweep;

/// <summary>What a failure in one step brings about.</summary>
/// <param name="Line">The line of the step in which a point failed.</param>
/// <param name="Verb">What the step does.</param>
/// <param name="Fault">The first point of the step that shows it.</param>
/// <param name="Title">A report's title or that of a broken invariant; has no ids.</param>
/// <param name="Place">When it shows: in the step, in a later one, or at the end.</param>
/// <param name="Detail">The report, or what the call answered.</param>
/// <param name="More">How many further points of the step show the same.</param>
public sealed record SweepFinding(
    int Line,
    string Verb,
    SweepFault Fault,
    string Title,
    string Place,
    string Detail,
    int More = 0
)
{
    public override string ToString()
    {
        var more =
            More == 0 ? ""
            : More == 1 ? " (and 1 more point)"
            : string.Create(CultureInfo.InvariantCulture, $" (and {More} more points)");
        return string.Create(CultureInfo.InvariantCulture, $"step line {Line}, {Fault}: {Title}{more}");
    }
}
