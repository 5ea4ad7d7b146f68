using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Recordings;

/// <summary>Files of runs as they are drawn, given to the program that records them, and taken from it.</summary>
internal static class RunScripts
{
    /// <summary>How the files of a folder are called.</summary>
    public const string FilePattern = "runs-*.txt";

    /// <summary>The file that the program plays.</summary>
    public const string InputName = "runs.txt";

    /// <summary>One of so many runs is of a family.</summary>
    private const int Families = 4;

    private const int RunsOfFile = 50;
    private const string FileMark = "# file ";

    /// <summary>What the program writes into the kernel's log where a run begins.</summary>
    private const string LogMark = "iommusim: run ";

    /// <summary>Draws runs on a modelled kernel; the same on every machine.</summary>
    public static IEnumerable<RecordedFile> Draw(SearchTarget target, ulong seed, int count)
    {
        var draw = new RunDraw(target);
        var runs = Enumerable.Range(0, count).Select(i => DrawOne(draw, seed, i)).Where(run => run.Calls.Length > 0);
        var number = 0;
        foreach (var chunk in runs.Chunk(RunsOfFile))
        {
            var layouts = RunWriter.Layouts(target, chunk);
            yield return new RecordedFile($"runs-{++number:d2}.txt", [], layouts, [.. chunk]);
        }
    }

    /// <summary>All files as one, in which each is marked.</summary>
    public static string Join(IEnumerable<RecordedFile> files) =>
        string.Concat(files.Select(file => $"{FileMark}{file.Name}\n{file with { Comments = [] }}"));

    /// <summary>The files of what the program printed. The last line may be cut off where the kernel died.</summary>
    /// <param name="comments">What stands at the top of each file.</param>
    public static IReadOnlyList<RecordedFile> Split(IReadOnlyList<string> output, ImmutableArray<string> comments)
    {
        var files = new List<RecordedFile>();
        var start = 0;
        for (var i = 0; i <= output.Count; i++)
        {
            if (i < output.Count && !output[i].StartsWith(FileMark, StringComparison.Ordinal))
                continue;
            if (i > start)
                files.Add(OfLines([.. output.Skip(start + 1).Take(i - start - 1)], output[start][FileMark.Length..]));
            start = i;
        }

        return files;

        RecordedFile OfLines(string[] lines, string name)
        {
            var file = RecordedFile.Parse(lines, name) with { Comments = comments };
            // Once more, for the numbers of the lines.
            return RecordedFile.Parse(file.ToString().Split('\n'), name);
        }
    }

    /// <summary>The name of the run in which the program's output ends; empty for none.</summary>
    public static string LastRun(IReadOnlyList<string> output) =>
        output
            .LastOrDefault(line => line.StartsWith(RecordedFile.RunWord, StringComparison.Ordinal))
            ?[RecordedFile.RunWord.Length..]
        ?? "";

    /// <summary>The files without the runs of these names.</summary>
    public static IReadOnlyList<RecordedFile> Without(IEnumerable<RecordedFile> files, IReadOnlyList<string> names) =>
        [
            .. files
                .Select(file =>
                    file with
                    {
                        Runs = file.Runs.RemoveAll(run => names.Contains(run.Name, StringComparer.Ordinal)),
                    }
                )
                .Where(file => file.Runs.Length > 0),
        ];

    /// <summary>The names of the runs in which the kernel's log has a report; in their order.</summary>
    /// <param name="isReport">Whether a line of the log begins one.</param>
    public static IReadOnlyList<string> RunsWithReports(IEnumerable<string> log, Func<string, bool> isReport)
    {
        var runs = new List<string>();
        var run = "";
        foreach (var line in log)
        {
            var mark = line.IndexOf(LogMark, StringComparison.Ordinal);
            if (mark >= 0)
                run = line[(mark + LogMark.Length)..];
            else if (isReport(line) && !runs.Contains(run, StringComparer.Ordinal))
                runs.Add(run);
        }

        return runs;
    }

    private static RecordedRun DrawOne(RunDraw draw, ulong seed, int number)
    {
        var families = number / Families;
        var run = number % Families == 0 ? FamilyDraw.Draw(seed, families) : draw.Draw(seed, number - families - 1);
        return run with { Name = string.Create(CultureInfo.InvariantCulture, $"{number + 1} {run.Name}") };
    }
}
