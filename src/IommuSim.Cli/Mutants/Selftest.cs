using System.Globalization;
using System.Text.RegularExpressions;
using IommuSim.Bridge;
using IommuSim.Cli.Commands;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Cli.Mutants;

/// <summary>
/// Linux's own selftests of iommufd, compiled, on machines of this process. A test in which the kernel as it is does not
/// come to a mutant's place is the same on the mutant, and is not run.
/// </summary>
internal sealed partial class Selftest
{
    private const string FailNthFixture = "basic_fail_nth.";

    /// <summary>A test of more calls is run on mutants in one of its variants only.</summary>
    private const int ManyCalls = 2000;

    /// <summary>A run of so many tests, the shortest first; after a failure no more are run.</summary>
    private static readonly int[] s_portions = [10, 30, 1000];

    private readonly string _folder;
    private readonly string _scratch;
    private readonly string[] _tests;
    private readonly HashSet<string> _knownReports;
    private readonly Dictionary<string, (HashSet<int> Reached, long Calls)> _original = new(StringComparer.Ordinal);

    /// <param name="folder">Has the programs iommufd and iommufd_fail_nth.</param>
    /// <param name="scratch">For what they print.</param>
    /// <param name="tests">The names of the tests that pass on the kernel as it is.</param>
    /// <param name="knownReports">Titles of reports that the kernel as it is shows.</param>
    public Selftest(string folder, string scratch, IEnumerable<string> tests, IEnumerable<string> knownReports)
    {
        _folder = Path.GetFullPath(folder);
        _scratch = Path.GetFullPath(scratch);
        _tests = [.. tests];
        _knownReports = [.. knownReports];
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
    public int ReachOf(int mutant) => _original.Values.Count(o => o.Reached.Contains(mutant));

    /// <summary>The test that fails on a mutant, or the report that it makes; empty where it survives.</summary>
    /// <param name="ofFailNth">Of iommufd_fail_nth, else of iommufd.</param>
    public string Kill(int mutant, bool ofFailNth, Func<IKernel> boot)
    {
        var tests = _original
            .Where(o => o.Value.Reached.Contains(mutant) && IsOfFailNth(o.Key) == ofFailNth)
            .OrderBy(o => o.Value.Calls)
            .ThenBy(o => o.Key, StringComparer.Ordinal)
            .Where(o => o.Value.Calls <= ManyCalls)
            .Concat(
                _original
                    .Where(o => o.Value.Calls > ManyCalls && o.Value.Reached.Contains(mutant))
                    .Where(o => IsOfFailNth(o.Key) == ofFailNth)
                    .GroupBy(o => o.Key[(o.Key.LastIndexOf('.') + 1)..], StringComparer.Ordinal)
                    .Select(variants => variants.MinBy(o => o.Value.Calls))
            )
            .Select(o => o.Key)
            .ToArray();
        var from = 0;
        foreach (var portion in s_portions)
        {
            var some = tests.Skip(from).Take(portion).ToArray();
            from += some.Length;
            if (some.Length == 0)
                break;
            var seen = Run(boot(), some);
            if (seen.Reports.FirstOrDefault(r => !_knownReports.Contains(r)) is { } report)
                return report;
            if (seen.Failed is { } failed)
                return failed;
        }

        return "";
    }

    private static bool IsOfFailNth(string test) => test.StartsWith(FailNthFixture, StringComparison.Ordinal);

    private Seen Run(IKernel kernel, IReadOnlyList<string> tests)
    {
        var output = Path.Combine(_scratch, "tap");
        var script = Path.Combine(_scratch, "tests.sh");
        File.Delete(output);
        var lines = tests.Select(t =>
            $"{Path.Combine(_folder, IsOfFailNth(t) ? "iommufd_fail_nth" : "iommufd")} -r {t} >> {output} 2> /dev/null || exit 1"
        );
        File.WriteAllText(script, string.Join('\n', lines) + "\n");
        var seen = new Seen();
        ProgramRun.Run(kernel, ExecCommand.SelfCommand(), ["/bin/sh", script], seen);
        var passed = File.Exists(output)
            ? Passed()
                .Matches(File.ReadAllText(output))
                .Select(m => m.Groups[1].Value)
                .ToHashSet(StringComparer.Ordinal)
            : [];
        seen.Failed = tests.FirstOrDefault(t => !passed.Contains(t));
        return seen;
    }

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

    [GeneratedRegex(@"^ok \d+ (\S+)(?! *# *SKIP)", RegexOptions.Multiline, 1000)]
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
