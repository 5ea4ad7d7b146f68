using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Source.Mutations;

namespace IommuSim.Cli.Mutants;

/// <summary>The outcome of a campaign: by kind, by file, and each mutant that our searches let live.</summary>
internal static class MutantTable
{
    private static readonly (string Column, Func<MutantRecord, bool> Counts)[] s_columns =
    [
        ("drawn", _ => true),
        ("not run", m => m.IsNotRun),
        ("ours", IsOurs),
        ("scenarios", m => m.Ours is "Scenario" or "Boot"),
        ("fuzz", m => m.Ours == "Fuzz"),
        ("recorded runs", m => m.Ours == "Recorded"),
        ("explore", m => m.Ours is "Explore" or "Races"),
        ("against the model", m => m.Ours == "Against"),
        ("sweep", m => m.Ours is "Sweep" or "FailedCall"),
        ("programs", m => m.Ours == "Directed"),
        ("selftest", IsOfSelftest),
        ("fail_nth", IsOfFailNth),
        ("those two together", m => IsOfSelftest(m) || IsOfFailNth(m)),
        ("only ours", m => IsOurs(m) && !IsOfSelftest(m) && !IsOfFailNth(m)),
        ("only those two", m => !IsOurs(m) && (IsOfSelftest(m) || IsOfFailNth(m))),
    ];

    /// <param name="judged">By place: <c>equivalent</c> or another word, and why.</param>
    public static Page Of(
        IReadOnlyList<MutantRecord> mutants,
        IReadOnlyDictionary<string, (string Word, string Why)> judged
    )
    {
        var page = new Page();
        page.Table(Table("kind", mutants, judged, m => Words(m.Kind)));
        page.Table(Table("file", mutants, judged, m => m.File));
        page.Text(Summary(mutants, judged));
        var survivors = new PageTable("mutant", "place", "selftest, fail_nth", "kernel as it is", "judged")
        {
            Prose = [1, 3, 4],
        };
        foreach (var m in mutants.Where(m => !IsOurs(m)))
        {
            var (word, why) = judged.GetValueOrDefault(m.Place, ("", ""));
            survivors.Add(
                Number(m.Number),
                m.Place,
                string.Join(", ", new[] { m.Selftest, m.FailNth }.Where(t => t.Length > 0)),
                m.Error.Length > 0 ? $"not run: {m.Error}" : m.Difference,
                word.Length == 0 ? "" : $"{word}: {why}"
            );
        }

        return page.Table(survivors);
    }

    private static PageTable Table(
        string heading,
        IReadOnlyList<MutantRecord> mutants,
        IReadOnlyDictionary<string, (string Word, string Why)> judged,
        Func<MutantRecord, string> group
    )
    {
        var table = new PageTable([heading, .. s_columns.Select(c => c.Column), "equivalent"]);
        foreach (var some in mutants.GroupBy(group, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            Add(some.Key, [.. some]);
        Add("all", mutants);
        return table;

        void Add(string name, IReadOnlyList<MutantRecord> some) =>
            table.Add([
                name,
                .. s_columns.Select(c => (Cell)Number(some.Count(c.Counts))),
                Number(some.Count(m => IsEquivalent(m, judged))),
            ]);
    }

    private static string Summary(
        IReadOnlyList<MutantRecord> mutants,
        IReadOnlyDictionary<string, (string Word, string Why)> judged
    )
    {
        var counted = mutants.Count(m => !m.IsNotRun && !IsEquivalent(m, judged));
        var ours = mutants.Count(IsOurs);
        var theirs = mutants.Count(m => IsOfSelftest(m) || IsOfFailNth(m));
        var percent = counted == 0 ? 0 : 100.0 * ours / counted;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Ours kill {ours} of {counted} that were run and are not judged equivalent, {percent:0.0} %; "
                + $"the selftest and fail_nth together {theirs}."
        );
    }

    private static bool IsOurs(MutantRecord m) => m.Ours.Length > 0;

    private static bool IsOfSelftest(MutantRecord m) => m.Selftest.Length > 0;

    private static bool IsOfFailNth(MutantRecord m) => m.FailNth.Length > 0;

    private static bool IsEquivalent(MutantRecord m, IReadOnlyDictionary<string, (string Word, string Why)> judged) =>
        !IsOurs(m) && judged.TryGetValue(m.Place, out var j) && j.Word == "equivalent";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Words(MutationKind kind) =>
        kind switch
        {
            MutationKind.CallDropped => "a call dropped",
            MutationKind.BranchInverted => "a branch inverted",
            MutationKind.ConditionDropped => "a condition dropped",
            MutationKind.StoresSwapped => "two stores swapped",
            MutationKind.ConstantChanged => "a constant changed by one",
            MutationKind.ErrnoReplaced => "an errno replaced",
            _ => "a lock moved by one call",
        };
}
