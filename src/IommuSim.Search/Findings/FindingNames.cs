namespace IommuSim.Search.Findings;

/// <summary>The names of the files in one folder: long titles that begin alike get numbers.</summary>
internal sealed class FindingNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>The name, or the first with a number behind it that is free.</summary>
    public string Take(string name)
    {
        var free = name;
        for (var i = 2; !_taken.Add(free); i++)
            free = FormattableString.Invariant($"{name}-{i}");
        return free;
    }
}
