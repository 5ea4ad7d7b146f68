using System.Globalization;
using IommuSim.Source.Mutations;

namespace IommuSim.Cli.Mutants;

/// <summary>What is kept of a mutant: one line of a file.</summary>
/// <param name="Number">From 1, in the order in which they were drawn.</param>
/// <param name="Ours">The search that killed it; empty where it survived.</param>
/// <param name="Evidence">What that search shows, and how to bring it back.</param>
/// <param name="Units">Pieces of our searches that come to its place.</param>
/// <param name="Selftest">Linux's own test that killed it, or the report; empty where it survived.</param>
/// <param name="SelftestReach">How many of its tests come to the place.</param>
/// <param name="FailNth">The same of iommufd_fail_nth.</param>
/// <param name="Difference">Of a survivor: how it differs from the kernel as it is, or how much showed nothing.</param>
/// <param name="HasRunLong">Whether the tests of Linux that take long were run too.</param>
/// <param name="Error">Why something was not run: a fault of the simulator; else empty.</param>
internal sealed record MutantRecord(
    int Number,
    MutationKind Kind,
    string File,
    int Line,
    string Function,
    string Text,
    string Ours,
    string Evidence,
    int Units,
    string Selftest,
    int SelftestReach,
    string FailNth,
    string Difference,
    string Error,
    bool HasRunLong
)
{
    private const int Fields = 15;

    /// <summary>Nothing could be found out: the simulator failed, and no search killed it.</summary>
    public bool IsNotRun => Error.Length > 0 && Ours.Length == 0;

    /// <summary>What is changed and where, the same for every seed that draws it.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line} {Function}(): {Text}");

    public string ToLine() =>
        string.Join(
            '\t',
            new[]
            {
                Digits(Number),
                Kind.ToString(),
                File,
                Digits(Line),
                Function,
                Text,
                Ours,
                Evidence,
                Digits(Units),
                Selftest,
                Digits(SelftestReach),
                FailNth,
                Difference,
                Error,
                HasRunLong ? "all" : "short",
            }.Select(Plain)
        );

    public static MutantRecord? Parse(string line)
    {
        var f = line.Split('\t');
        return f.Length != Fields
            ? null
            : new MutantRecord(
                Whole(f[0]),
                Enum.Parse<MutationKind>(f[1]),
                f[2],
                Whole(f[3]),
                f[4],
                f[5],
                f[6],
                f[7],
                Whole(f[8]),
                f[9],
                Whole(f[10]),
                f[11],
                f[12],
                f[13],
                f[14] == "all"
            );
    }

    private static string Plain(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ');

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
