using System.Globalization;
using System.Text.RegularExpressions;
using IommuSim.Bridge;
using IommuSim.Cli.Commands;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Cli.Mutants;

/// <summary>
/// Linux's own selftests of iommufd, compiled, on machines of this process. A test in which the kernel as it is does
/// not come to a mutant's place is the same on the mutant, and is not run.
/// </summary>
internal sealed partial class Selftest
{
    private static readonly (string Fixture, string Program)[] s_programs =
    [
        ("basic_fail_nth.", FailNth),
        (DirectedFixture, Directed),
    ];

    /// <summary>The program that has the tests of no other fixture.</summary>
    public const string Iommufd = "iommufd";

    /// <summary>Linux's program that fails one allocation after the other.</summary>
    public const string FailNth = "iommufd_fail_nth";

    /// <summary>Our own, of tests/conformance/programs.</summary>
    public const string Directed = "directed";

    private const string DirectedFixture = "directed.";

    /// <summary>A test of more calls is run on mutants in one of its variants only.</summary>
    private const int ManyCalls = 2000;

    /// <summary>A run of so many tests, the shortest first; after a failure no more are run.</summary>
    private static readonly int[] s_portions = [15, 1000];

    private readonly string _folder;
    private readonly string _scratch;
    private readonly string[] _tests;
    private readonly HashSet<string> _knownReports;
    private readonly Dictionary<string, (HashSet<int> Reached, long Calls)> _original = new(StringComparer.Ordinal);

    /// <param name="folder">Has the programs, compiled.</param>
    /// <param name="scratch">For what they print.</param>
    /// <param name="tests">The names of the tests that pass on the kernel as it is.</param>
    /// <param name="knownReports">Titles of reports that the kernel as it is shows.</param>
    public Selftest(string folder, string scratch, IEnumerable<string> tests, IEnumerable<string> knownReports)
    {
        _folder = Path.GetFullPath(folder);
        _scratch = Path.GetFullPath(scratch);
        _tests = [.. tests, .. DirectedTests()];
        _knownReports = new HashSet<string>(knownReports, StringComparer.Ordinal);
    }

    /// <summary>Runs every test alone on the kernel as it is, or reads what an earlier run showed.</summary>
    /// <param name="boot">A new machine with the kernel as it is.</param>
    /// <param name="visited">Which places of mutants the kernel came to; cleared before each test.</param>
    public void LookAtOriginal(
        string path,
        string identity,
        Func<IKernel> boot,
        bool[] visited,
        Action<int, int> progress
    )
    {
        if (TryRead(path, identity))
            return;
        boot();
        for (var i = 0; i < _tests.Length; i++)
        {
            Array.Clear(visited);
            var seen = Run(boot(), [_tests[i]]);
            if (seen.Failed is null)
                _original[_tests[i]] = ([.. Enumerable.Range(0, visited.Length).Where(m => visited[m])], seen.Calls);
            _knownReports.UnionWith(seen.Reports);
            progress(i + 1, _tests.Length);
        }

        Write(path, identity);
    }

    /// <summary>How many tests come to a mutant's place.</summary>
    public int ReachOf(int mutant) =>
        _original.Count(o => o.Value.Reached.Contains(mutant) && ProgramOf(o.Key) != Directed);

    /// <summary>The test that fails on a mutant, or the report that it makes; empty where it survives.</summary>
    /// <param name="program">Whose tests are run.</param>
    public string Kill(int mutant, string program, Func<IKernel> boot)
    {
        var tests = ReachingOf(mutant, program).Where(o => o.Value.Calls <= ManyCalls).Select(o => o.Key).ToArray();
        var from = 0;
        foreach (var portion in s_portions)
        {
            var some = tests.Skip(from).Take(portion).ToArray();
            from += some.Length;
            if (some.Length > 0 && KillBy(some, boot) is { } kill)
                return kill;
        }

        return "";
    }

    /// <summary>The same with the tests of many calls, each in the variant with the fewest.</summary>
    public string KillByLong(int mutant, string program, Func<IKernel> boot)
    {
        var tests = ReachingOf(mutant, program)
            .Where(o => o.Value.Calls > ManyCalls)
            .GroupBy(o => o.Key[(o.Key.LastIndexOf('.') + 1)..], StringComparer.Ordinal)
            .Select(variants => variants.First().Key);
        return tests.Select(test => KillBy([test], boot)).FirstOrDefault(kill => kill is not null) ?? "";
    }

    /// <summary>The tests that come to the place, those of the fewest calls first.</summary>
    private IEnumerable<KeyValuePair<string, (HashSet<int> Reached, long Calls)>> ReachingOf(
        int mutant,
        string program
    ) =>
        _original
            .Where(o => o.Value.Reached.Contains(mutant) && ProgramOf(o.Key) == program)
            .OrderBy(o => o.Value.Calls)
            .ThenBy(o => o.Key, StringComparer.Ordinal);

    private string? KillBy(IReadOnlyList<string> tests, Func<IKernel> boot)
    {
        var seen = Run(boot(), tests);
        return seen.Reports.FirstOrDefault(r => !_knownReports.Contains(r)) ?? seen.Failed;
    }

    private static string ProgramOf(string test) =>
        Array.Find(s_programs, p => test.StartsWith(p.Fixture, StringComparison.Ordinal)).Program ?? Iommufd;

    /// <summary>The tests of our own program; it prints their names.</summary>
    private IEnumerable<string> DirectedTests()
    {
        var list = Path.Combine(_folder, Directed + ".tests");
        return File.Exists(list) ? File.ReadAllLines(list).Where(t => t.Length > 0) : [];
    }

    private Seen Run(IKernel kernel, IReadOnlyList<string> tests)
    {
        var output = Path.Combine(_scratch, "tap");
        var script = Path.Combine(_scratch, "tests.sh");
        File.Delete(output);
        // Of one program; directed takes one test.
        var lines = ProgramOf(tests[0]) == Directed ? tests.Select(t => CommandOf([t])) : [CommandOf(tests)];
        File.WriteAllText(
            script,
            string.Join('\n', lines.Select(l => $"{l} >> {output} 2> /dev/null || exit 1")) + "\n"
        );
        var seen = new Seen();
        ProgramRun.Run(kernel, ExecCommand.SelfCommand(), ["/bin/sh", script], seen);
        var passed = File.Exists(output)
            ? Passed()
                .Matches(File.ReadAllText(output))
                .Select(m => m.Groups["test"].Value)
                .ToHashSet(StringComparer.Ordinal)
            : [];
        seen.Failed = tests.FirstOrDefault(t => !passed.Contains(t));
        return seen;
    }

    private string CommandOf(IReadOnlyList<string> tests) =>
        Path.Combine(_folder, ProgramOf(tests[0])) + string.Concat(tests.Select(t => " -r " + t));

    private bool TryRead(string path, string identity)
    {
        if (!File.Exists(path) || File.ReadLines(path).FirstOrDefault() != identity)
            return false;
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            var parts = line.Split('\t');
            if (parts is ["report", var title])
                _knownReports.Add(title);
            else
                _original[parts[0]] = (
                    [
                        .. parts[2]
                            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                            .Select(n => int.Parse(n, CultureInfo.InvariantCulture)),
                    ],
                    long.Parse(parts[1], CultureInfo.InvariantCulture)
                );
        }

        return true;
    }

    private void Write(string path, string identity)
    {
        var tests = _original.Select(o =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{o.Key}\t{o.Value.Calls}\t{string.Join(' ', o.Value.Reached)}"
            )
        );
        File.WriteAllLines(path, [identity, .. _knownReports.Select(r => $"report\t{r}"), .. tests]);
    }

    [GeneratedRegex(@"^ok \d+ (?<test>\S+)(?! *# *SKIP)", RegexOptions.Multiline, 1000)]
    private static partial Regex Passed();

    /// <summary>What a run of tests shows.</summary>
    private sealed class Seen : IBridgeObserver
    {
        public List<string> Reports { get; } = [];

        public long Calls { get; private set; }

        /// <summary>The first test that did not pass; null where all did.</summary>
        public string? Failed { get; set; }

        public void Calling(KernelTask task, int fd, uint request, ulong argument) => Calls++;

        public void Called(KernelTask task, SyscallResult result) { }

        public void Opened(KernelTask task, string path, SyscallResult result, int number) { }

        public void Closed() { }

        public void Reported(KernelReport report) => Reports.Add(report.Title);
    }
}
