namespace IommuSim.Scenarios.Language;

/// <summary>The words a header can begin with.</summary>
internal static class HeaderKeywords
{
    public const string Name = "name";
    public const string Question = "question";
    public const string Why = "why";
    public const string Source = "source";
    public const string Kernels = "kernels";
    public const string Config = "config";
    public const string Choices = "choices";
    public const string Device = "device";
    public const string Steps = "steps";

    public static readonly IReadOnlyList<string> All =
    [
        Name,
        Question,
        Why,
        Source,
        Kernels,
        Config,
        Choices,
        Device,
        Steps,
    ];

    public static readonly IReadOnlyList<string> Required = [Name, Question, Why, Source, Kernels];

    public static bool Contains(string word) => All.Contains(word, StringComparer.Ordinal);
}
