using System.Globalization;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>A scenario and a C program of each finding that has them, in a folder for each commit.</summary>
internal static class ReviewFiles
{
    /// <summary>The name of a finding's files below the folder, without an ending; null where it has none.</summary>
    public static string? NameOf(ReviewEntry entry, ReviewFinding finding)
    {
        if (finding.Scenario is null)
            return null;
        var number = 1 + entry.Findings.TakeWhile(f => !ReferenceEquals(f, finding)).Count(f => f.Scenario is not null);
        return string.Create(CultureInfo.InvariantCulture, $"{entry.Name.Replace('/', '-')}/{number}");
    }

    public static void Write(ReviewReport report, string folder)
    {
        foreach (var entry in report.Commits)
        {
            foreach (var finding in entry.Findings)
            {
                if (NameOf(entry, finding) is not { } name)
                    continue;
                var path = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path + ".scenario", finding.Scenario);
                File.WriteAllText(path + ".c", finding.Program);
            }
        }
    }
}
