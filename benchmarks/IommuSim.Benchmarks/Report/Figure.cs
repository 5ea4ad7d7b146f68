using System.Globalization;

namespace IommuSim.Benchmarks.Report;

/// <summary>Numbers as a reader wants them: three digits, and no more than the noise leaves.</summary>
internal static class Figure
{
    public static string Of(double value)
    {
        var format =
            value >= 100 ? "#,0"
            : value >= 10 ? "0.0"
            : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
