namespace IommuSim.Scenarios.Tests.Language;

/// <summary>Compares sequences of strings, which need their comparer named.</summary>
internal static class Words
{
    public static void Equal(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected, actual, StringComparer.Ordinal);
}
