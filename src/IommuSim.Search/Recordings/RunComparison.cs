using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine.Reports;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Recordings;

/// <summary>The first call of a run that a kernel did otherwise than the recorded one.</summary>
/// <param name="Place">The file and the line.</param>
/// <param name="Run">The run's name.</param>
/// <param name="Call">The call.</param>
/// <param name="Recorded">What it came to when it was recorded.</param>
/// <param name="Played">What it came to now.</param>
internal sealed record RunDifference(string Place, string Run, string Call, string Recorded, string Played)
{
    /// <summary>One line that names it exactly, as a list of known ones has it.</summary>
    public string Key => $"{Place}: {Call} => {Recorded} | {Played}";
}

/// <summary>What came of the runs of a file on one kernel.</summary>
/// <param name="Runs">All of them.</param>
/// <param name="Calls">Calls that were compared.</param>
/// <param name="NotCompared">Calls behind one that the kernel does not model, and behind a difference.</param>
/// <param name="NotModelled">How many runs were cut by an ioctl that the kernel does not model, by its name.</param>
internal sealed record RunComparison(
    int Runs,
    int Calls,
    int NotCompared,
    ImmutableSortedDictionary<string, int> NotModelled,
    ImmutableArray<RunDifference> Differences
)
{
    /// <summary>Of no file.</summary>
    public static RunComparison Empty { get; } = new(0, 0, 0, ImmutableSortedDictionary<string, int>.Empty, []);

    /// <summary>Plays every run of a file on a freshly booted kernel.</summary>
    public static RunComparison Of(RecordedFile file, SearchTarget target)
    {
        var (calls, skipped) = (0, 0);
        var notModelled = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var differences = ImmutableArray.CreateBuilder<RunDifference>();
        foreach (var run in file.Runs)
        {
            var (compared, unknown, difference) = Compare(file, run, target);
            calls += compared;
            skipped += run.Calls.Length - compared;
            if (unknown is not null)
                notModelled[unknown] = notModelled.GetValueOrDefault(unknown) + 1;
            if (difference is not null)
                differences.Add(difference);
        }

        return new RunComparison(
            file.Runs.Length,
            calls,
            skipped,
            notModelled.ToImmutable(),
            differences.ToImmutable()
        );
    }

    /// <summary>
    /// Plays one run and ends its program: the difference as <see cref="RunDifference.Key"/> has it, and what the
    /// kernel reports at the end.
    /// </summary>
    internal static IEnumerable<string> PlayOne(RecordedFile file, RecordedRun run, SearchTarget target)
    {
        var kernel = target.BootAny();
        var player = new RunPlayer(file, kernel);
        if (Compare(file, run, target, kernel, player).Difference is { } difference)
            yield return difference.Key;
        var reports = kernel.Machine.Reports.Count;
        player.End();
        foreach (var report in kernel.Machine.Reports.Skip(reports))
            yield return $"{report.Title}, at the end of run {run.Name}";
    }

    /// <summary>The runs with what the kernel does, as a recording of it would have them.</summary>
    public static RecordedFile Record(RecordedFile file, SearchTarget target) =>
        file with
        {
            Runs = [.. file.Runs.Select(run => Record(file, run, target))],
        };

    /// <summary>All of both.</summary>
    public RunComparison And(RunComparison other) =>
        new(
            Runs + other.Runs,
            Calls + other.Calls,
            NotCompared + other.NotCompared,
            NotModelled
                .Concat(other.NotModelled)
                .GroupBy(pair => pair.Key, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => g.Sum(pair => pair.Value), StringComparer.Ordinal),
            Differences.AddRange(other.Differences)
        );

    private static RecordedRun Record(RecordedFile file, RecordedRun run, SearchTarget target)
    {
        var player = new RunPlayer(file, target.BootAny());
        return run with { Calls = [.. run.Calls.Select(call => call with { Outcome = player.Play(call) })] };
    }

    private static (int Compared, string? Unknown, RunDifference? Difference) Compare(
        RecordedFile file,
        RecordedRun run,
        SearchTarget target
    )
    {
        var kernel = target.BootAny();
        return Compare(file, run, target, kernel, new RunPlayer(file, kernel));
    }

    private static (int Compared, string? Unknown, RunDifference? Difference) Compare(
        RecordedFile file,
        RecordedRun run,
        SearchTarget target,
        IKernel kernel,
        RunPlayer player
    )
    {
        for (var i = 0; i < run.Calls.Length; i++)
        {
            var call = run.Calls[i];
            if (!Claims(file, target, call.Verb))
                return (i, call.Verb, null);
            var reports = kernel.Machine.Reports.Count;
            var played = player.Play(call);
            foreach (var report in kernel.Machine.Reports.Skip(reports).Where(r => r.Kind != ReportKind.MemoryLeak))
                played += $", {report.Title}";
            if (played == call.Outcome)
                continue;
            var place = string.Create(CultureInfo.InvariantCulture, $"{file.Name}:{call.Line}");
            return (i + 1, null, new RunDifference(place, run.Name, call.Text, call.Outcome, played));
        }

        return (run.Calls.Length, null, null);
    }

    /// <summary>A model has tables of what it models; a kernel made of C has all that its C has.</summary>
    private static bool Claims(RecordedFile file, SearchTarget target, string verb) =>
        file.Find(verb)?.Request is null || target.IsSource || (target.Plans.ContainsKey(verb) && target.Claims(verb));
}
