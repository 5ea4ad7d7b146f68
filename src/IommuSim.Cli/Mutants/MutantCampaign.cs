using System.Globalization;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Mutants;
using IommuSim.Search.Recordings;
using IommuSim.Source;
using IommuSim.Source.Mutations;

namespace IommuSim.Cli.Mutants;

/// <summary>
/// All mutants one after the other, a line of a file for each. A campaign that was ended goes on; a mutant in which the
/// process ended is left out and says so.
/// </summary>
internal sealed class MutantCampaign
{
    /// <summary>Sequences in which a survivor is compared with the kernel as it is.</summary>
    private const int Compared = 60;

    private readonly string _folder;
    private readonly string _identity;
    private readonly IReadOnlyList<Mutation> _mutations;
    private readonly MutantKernel _kernel;
    private readonly MutantSearch _search;
    private readonly Selftest? _selftest;
    private readonly TextWriter _output;

    public MutantCampaign(
        string folder,
        string identity,
        IReadOnlyList<Mutation> mutations,
        MutantKernel kernel,
        IEnumerable<BoundScenario> scenarios,
        IEnumerable<RecordedFile> recordings,
        Selftest? selftest,
        TextWriter output
    )
    {
        _folder = folder;
        _identity = identity;
        _mutations = mutations;
        _kernel = kernel;
        _selftest = selftest;
        _output = output;
        _search = new MutantSearch(kernel, KernelCatalog.Default, scenarios, recordings, new MutantBudget());
    }

    private string Records => Path.Combine(_folder, "mutants.tsv");

    private string Started => Path.Combine(_folder, "started");

    /// <summary>What is known of the mutants of a folder.</summary>
    public static IReadOnlyList<MutantRecord> Read(string folder)
    {
        var path = Path.Combine(folder, "mutants.tsv");
        return File.Exists(path)
            ?
            [
                .. File.ReadLines(path)
                    .Select(MutantRecord.Parse)
                    .OfType<MutantRecord>()
                    .GroupBy(r => r.Number)
                    .OrderBy(g => g.Key)
                    .Select(g => g.Last()),
            ]
            : [];
    }

    /// <param name="only">These alone, again; empty for all that are not done.</param>
    public void Run(IReadOnlyCollection<int> only, Progress progress)
    {
        _search.LookAtOriginal(
            Path.Combine(_folder, "searches"),
            _identity,
            (done, of) => progress.Report(() => $"the kernel as it is: {done} of {of}")
        );
        _selftest?.LookAtOriginal(
            Path.Combine(_folder, "selftest"),
            _identity,
            () => Boot(0),
            _kernel.Original.Visited,
            (done, of) => progress.Report(() => $"the selftest on the kernel as it is: {done} of {of}")
        );
        progress.Clear();
        NoteEnded();
        RunAll(only);
        RunLong();
    }

    private void RunAll(IReadOnlyCollection<int> only)
    {
        var done = Read(_folder).Where(IsOfThisDraw).ToDictionary(r => r.Number);
        for (var i = 1; i <= _mutations.Count; i++)
        {
            var known = done.GetValueOrDefault(i);
            if (only.Count > 0 ? !only.Contains(i) : known is not null)
                continue;
            File.WriteAllText(Started, i.ToString(CultureInfo.InvariantCulture));
            // What Linux's tests do on a mutant is known; ours may be others by now.
            Keep(WithOurs(known is null ? WithTheirs(Of(i)) : known with { Ours = "", Evidence = "", Error = "" }));
            File.Delete(Started);
        }
    }

    private void Keep(MutantRecord record)
    {
        File.AppendAllLines(Records, [record.ToLine()]);
        _output.Write(
            $"{record.Number} {_mutations[record.Number - 1]}: {Or(record.Ours)}; selftest {Or(record.Selftest)}; "
                + $"fail_nth {Or(record.FailNth)} {record.Difference} {record.Error}\n"
        );
        _output.Flush();
    }

    /// <summary>Whether a line of the file is of the mutant that has its number now.</summary>
    private bool IsOfThisDraw(MutantRecord record)
    {
        if (record.Number > _mutations.Count)
            return false;
        var m = _mutations[record.Number - 1];
        return (record.Kind, record.File, record.Line, record.Function)
            == (m.Kind, m.File, m.Place.Line, m.Place.Function);
    }

    /// <summary>At the end, the tests that take long, on the mutants that the others leave alive.</summary>
    private void RunLong()
    {
        if (_selftest is null)
            return;
        foreach (var record in Read(_folder).Where(r => !r.HasRunLong))
        {
            var number = record.Number;
            var more = record with { HasRunLong = true };
            if (record.Selftest.Length == 0)
                more = Try(
                    more,
                    r => r with { Selftest = _selftest.KillByLong(number, Selftest.Iommufd, () => Boot(number)) }
                );
            if (record.FailNth.Length == 0)
                more = Try(
                    more,
                    r => r with { FailNth = _selftest.KillByLong(number, Selftest.FailNth, () => Boot(number)) }
                );
            File.AppendAllLines(Records, [more.ToLine()]);
            _output.Write($"{number} long tests: {Or(more.Selftest)}; {Or(more.FailNth)}\n");
            _output.Flush();
        }
    }

    private static string Or(string text) => text.Length == 0 ? "-" : text;

    /// <summary>The mutant in which an earlier process ended.</summary>
    private void NoteEnded()
    {
        if (!File.Exists(Started))
            return;
        var number = int.Parse(File.ReadAllText(Started), CultureInfo.InvariantCulture);
        var record = Of(number) with { Error = "the simulator ended, or was ended, in it" };
        File.AppendAllLines(Records, [record.ToLine()]);
        File.Delete(Started);
    }

    private MutantRecord Of(int number)
    {
        var m = _mutations[number - 1];
        return new MutantRecord(
            number,
            m.Kind,
            m.File,
            m.Place.Line,
            m.Place.Function,
            m.Text,
            "",
            "",
            0,
            "",
            0,
            "",
            "",
            "",
            HasRunLong: false
        );
    }

    private MutantRecord WithTheirs(MutantRecord record)
    {
        if (_selftest is null)
            return record;
        var number = record.Number;
        record = record with { SelftestReach = _selftest.ReachOf(number) };
        record = Try(record, r => r with { Selftest = _selftest.Kill(number, Selftest.Iommufd, () => Boot(number)) });
        return Try(record, r => r with { FailNth = _selftest.Kill(number, Selftest.FailNth, () => Boot(number)) });
    }

    private MutantRecord WithOurs(MutantRecord record)
    {
        var verdict = _search.Search(record.Number);
        record = record with
        {
            Ours = verdict.Kill?.Search.ToString() ?? "",
            Evidence = verdict.Kill is { } kill ? $"{kill.Finding.Title}: {kill.Finding.Replay}" : "",
            Units = verdict.Units,
            Error = $"{record.Error} {verdict.Error}".Trim(),
        };
        if (record.Ours.Length == 0 && _selftest is not null)
            record = Try(record, r => WithDirected(r, _selftest));
        if (record.Ours.Length > 0)
            return record with { Difference = "" };
        return Try(
            record,
            r =>
            {
                var difference = _search.DifferenceToOriginal(r.Number, Compared, out var compared);
                var none = string.Create(CultureInfo.InvariantCulture, $"no difference in {compared} sequences");
                return r with { Difference = difference ?? none };
            }
        );
    }

    private MutantRecord WithDirected(MutantRecord record, Selftest programs)
    {
        var test = programs.Kill(record.Number, Selftest.Directed, () => Boot(record.Number));
        return test.Length == 0 ? record : record with { Ours = "Directed", Evidence = test };
    }

    private static MutantRecord Try(MutantRecord record, Func<MutantRecord, MutantRecord> more)
    {
        try
        {
            return more(record);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return record with { Error = $"{record.Error} {fault.GetType().Name}: {fault.Message}".Trim() };
        }
    }

    private SourceKernel Boot(int mutant) =>
        SourceKernel.Boot(mutant == 0 ? _kernel.Original : _kernel[mutant], BuildSwitches.Default);
}
