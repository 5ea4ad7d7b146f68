using System.Globalization;
using System.Text.RegularExpressions;

namespace IommuSim.Scenarios.Catalog;

/// <summary>The number of a release of Linux as people write it: <c>7.3</c>, <c>v7.3</c>, <c>linux-7.3.4</c>.</summary>
internal readonly partial record struct ReleaseNumber(int Major, int Minor) : IComparable<ReleaseNumber>
{
    /// <summary>Null for what is no number of a release.</summary>
    public static ReleaseNumber? Parse(string text)
    {
        var match = Form().Match(text);
        return match.Success ? new ReleaseNumber(Part(match, "major"), Part(match, "minor")) : null;
    }

    /// <summary>
    /// Of the names that are numbers of releases the one with this number, or else the last before it and the first
    /// behind it.
    /// </summary>
    public IReadOnlyList<string> Nearest(IEnumerable<string> names)
    {
        var number = this;
        var releases = names.Select(n => (Name: n, Number: Parse(n))).Where(r => r.Number is not null).ToArray();
        if (releases.FirstOrDefault(r => r.Number == number).Name is { } same)
            return [same];
        var before = releases.Where(r => r.Number < number).OrderBy(r => r.Number).LastOrDefault().Name;
        var behind = releases.Where(r => r.Number > number).OrderBy(r => r.Number).FirstOrDefault().Name;
        return [.. new[] { before, behind }.OfType<string>()];
    }

    public int CompareTo(ReleaseNumber other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public static bool operator <(ReleaseNumber one, ReleaseNumber other) => one.CompareTo(other) < 0;

    public static bool operator >(ReleaseNumber one, ReleaseNumber other) => one.CompareTo(other) > 0;

    public static bool operator <=(ReleaseNumber one, ReleaseNumber other) => one.CompareTo(other) <= 0;

    public static bool operator >=(ReleaseNumber one, ReleaseNumber other) => one.CompareTo(other) >= 0;

    private static int Part(Match match, string group) =>
        int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^(linux[- ]?|v)?(?<major>[0-9]{1,4})\.(?<minor>[0-9]{1,4})([.-][0-9A-Za-z.-]*)?$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Form();
}
