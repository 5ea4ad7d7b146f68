using System.Text.RegularExpressions;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>
/// Every command in a block of a Markdown page: its words are right, it runs where that takes seconds, and it prints
/// what stands under it. Programs and projects that other commands name are there.
/// </summary>
public sealed partial class DocumentedCommandTests
{
    /// <summary>They take minutes, or write where no test may. Other tests run them.</summary>
    private static readonly string[] s_notRun = ["bench", "build", "exec", "fuzz", "hunt", "mutants", "review"];

    /// <summary>What stands for a file of the reader's.</summary>
    private static readonly Dictionary<string, string> s_stands = new(StringComparer.Ordinal)
    {
        ["FILE"] = "scenarios/explore/attach-against-attach.scenario",
        ["replaces-of-one-group.scenario"] = "scenarios/explore/replaces-of-one-group.scenario",
    };

    private const string Indent = "    ";

    /// <summary>Of all pages, which are read once.</summary>
    private static readonly Lazy<IReadOnlyList<Documented>> s_all = new(() => [.. Read()]);

    public static TheoryData<string, int, string> Commands
    {
        get
        {
            var commands = new TheoryData<string, int, string>();
            foreach (var found in All("iommusim"))
                commands.Add(found.Page, found.Line, found.Text);
            return commands;
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_OfAPage_Works(string page, int line, string command)
    {
        string[] words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Select(Stands)];
        var settings = new ConsoleSettings(ConsoleSettings.DefaultWidth, false, false, TimeProvider.System);
        Assert.Null(CommandLine.UsageErrorOf(words, settings));
        if (s_notRun.Contains(words[0]))
            return;
        var kernel = Array.FindIndex(words, word => word.EndsWith(".kernel", StringComparison.Ordinal));
        if (kernel >= 0)
        {
            var file = Environment.GetEnvironmentVariable("IOMMUSIM_KERNEL_73");
            Assert.SkipWhen(
                string.IsNullOrEmpty(file),
                "IOMMUSIM_KERNEL_73 names no kernel made of the C of Linux 7.3"
            );
            words[kernel] = file!;
        }

        var run = Cli.Run(words);
        Assert.Equal("", run.Error);
        Assert.InRange(run.Exit, ExitCode.Holds, ExitCode.DoesNotHold);
        var printed = WithoutTimes(run.Output).Split('\n');
        var expected = All("iommusim").Single(found => found.Page == page && found.Line == line).Below;
        Assert.All(expected, shown => Assert.Contains(WithoutTimes(shown), printed));
    }

    [Fact]
    public void Pages_HaveCommands_AndOneShowsWhatItPrints()
    {
        var all = All("iommusim").ToList();
        Assert.InRange(all.Count, 20, 200);
        Assert.Contains(all, found => found.Below.Count > 0);
    }

    [Fact]
    public void Projects_OfCommandsOfPages_AreThere()
    {
        var words = All("dotnet")
            .SelectMany(found => found.Text.Split(' '))
            .Where(word =>
                word.StartsWith("src/", StringComparison.Ordinal) || word.EndsWith(".sln", StringComparison.Ordinal)
            )
            .ToList();
        Assert.NotEmpty(words);
        Assert.All(words, word => Assert.True(Path.Exists(RepositoryRoot.Combine(word)), word));
    }

    [Fact]
    public void Scripts_OfCommandsOfPages_AreThere()
    {
        var scripts = All("tests/").Concat(All(".ci/")).Select(found => found.Text.Split(' ')[0]).ToList();
        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.True(File.Exists(RepositoryRoot.Combine(script)), script));
    }

    /// <summary>The commands that begin with this word.</summary>
    private static IEnumerable<Documented> All(string word) =>
        s_all.Value.Where(found => found.Text.StartsWith(word, StringComparison.Ordinal));

    private static IEnumerable<Documented> Read()
    {
        foreach (var path in Directory.EnumerateFiles(RepositoryRoot.Path, "*.md", SearchOption.AllDirectories))
        {
            var page = Path.GetRelativePath(RepositoryRoot.Path, path);
            if (page.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "Golden" or ".git"))
                continue;
            var lines = File.ReadAllLines(path);
            for (var i = 0; i < lines.Length; i++)
            {
                if (CommandIn(lines[i]) is not { } text)
                    continue;
                var below = lines
                    .Skip(i + 1)
                    .TakeWhile(l => l.StartsWith(Indent, StringComparison.Ordinal) && CommandIn(l) is null);
                yield return new Documented(page, i + 1, text, [.. below.Select(l => l[Indent.Length..])]);
            }
        }
    }

    /// <summary>A command of a page.</summary>
    /// <param name="Below">The lines that stand under it, up to the next.</param>
    private sealed record Documented(string Page, int Line, string Text, IReadOnlyList<string> Below);

    /// <summary>Without its comment and its pipe; null for another line. A drawing is none.</summary>
    private static string? CommandIn(string line)
    {
        var found = Command().Match(line);
        return found.Success && !line.Contains('─') ? found.Groups["command"].Value : null;
    }

    private static string Stands(string word) => s_stands.GetValueOrDefault(word, word);

    private static string WithoutTimes(string text) => Time().Replace(text, "(T)");

    [GeneratedRegex(
        @"^    (?:tree=\$\(|taskset -c 1 )?(?<command>(?:iommusim|dotnet|tests/|\.ci/)[^#|)]*?)\s*(?:\)|#.*|\|.*)?$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Command();

    [GeneratedRegex(@"\([0-9.]+ s\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();
}
