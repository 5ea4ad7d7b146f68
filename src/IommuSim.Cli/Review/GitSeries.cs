using System.Globalization;
using System.Text.RegularExpressions;

namespace IommuSim.Cli.Review;

/// <summary>One commit of a series.</summary>
/// <param name="Id">Its hash, whole.</param>
/// <param name="Subject">The first line of its message.</param>
/// <param name="Places">Where it changes C, as <c>file:line</c> of the new text; the first of each file.</param>
/// <param name="Files">Every file that it changes.</param>
internal sealed record SeriesCommit(
    string Id,
    string Subject,
    IReadOnlyList<string> Places,
    IReadOnlyList<string> Files
);

/// <summary>
/// The commits between two revisions of a git repository. The repository is read; what is checked out lies in a clone
/// that shares its objects.
/// </summary>
internal sealed partial class GitSeries
{
    /// <summary>The status of a program that SIGINT ended.</summary>
    private const int Interrupted = 130;

    private readonly string _repository;

    private GitSeries(string repository, string first, IReadOnlyList<SeriesCommit> commits, int changed)
    {
        _repository = repository;
        First = first;
        Commits = commits;
        Uncommitted = changed;
    }

    /// <summary>The hash of the commit before the series.</summary>
    public string First { get; }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<SeriesCommit> Commits { get; }

    /// <summary>Files with changes that no commit has.</summary>
    public int Uncommitted { get; }

    /// <summary>Finds the commits of <c>BASE..HEAD</c>; one sentence for what is no series.</summary>
    public static GitSeries Open(string repository, string range)
    {
        if (!Directory.Exists(repository))
            throw new InputErrorException($"--tree '{repository}': there is no such folder");
        if (Start(repository, ["rev-parse", "--git-dir"]) is (not 0, _, var refusal))
        {
            throw new InputErrorException(
                $"--tree '{repository}' is no git repository, as git says: {refusal.Trim().Split('\n')[0]}"
            );
        }

        var ends = range.Split("..");
        if (ends is not [{ Length: > 0 } from, { Length: > 0 } to] || to.StartsWith('.'))
        {
            throw new InputErrorException(
                $"'{range}' is no series: expected BASE..HEAD, two revisions of the repository, for example v7.3..HEAD"
            );
        }

        var (first, last) = (Commit(repository, from), Commit(repository, to));
        if (Try(repository, "merge-base", "--is-ancestor", first, last) is null)
            throw new InputErrorException(
                $"'{from}' is no ancestor of '{to}', so that there is no series between them"
            );
        var ids = Lines(repository, "rev-list", "--reverse", $"{first}..{last}");
        if (ids.Length == 0)
            throw new InputErrorException($"there is no commit between '{from}' and '{to}'");
        if (Lines(repository, "rev-list", "--merges", $"{first}..{last}") is [var merge, ..])
            throw new InputErrorException(
                $"{merge[..12]} in '{range}' is a merge; a review takes a series without any"
            );
        // A bare repository has no files beside its commits.
        var status = Try(repository, "status", "--porcelain", "--untracked-files=no") ?? "";
        var changed = status.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        return new GitSeries(Path.GetFullPath(repository), first, [.. ids.Select(id => Read(repository, id))], changed);
    }

    /// <summary>A file as it is in a commit; empty where the commit has none.</summary>
    /// <param name="folder">The clone, for a commit that was made of a patch.</param>
    private string TextOf(string commit, string file, string? folder = null) =>
        Try(folder ?? _repository, "show", $"{commit}:{file}") ?? "";

    /// <summary>What a commit changes in the header that programs are built against.</summary>
    /// <param name="before">A commit of the series, or the one before it.</param>
    /// <param name="folder">The clone, for a commit that was made of a patch.</param>
    public IReadOnlyList<UapiChange> UapiChanges(string before, string commit, string? folder = null) =>
        [
            .. new UapiHeader(TextOf(before, UapiHeader.File)).ChangesTo(
                new UapiHeader(TextOf(commit, UapiHeader.File, folder))
            ),
        ];

    /// <summary>The same for commits with the same files, whatever their messages and parents are.</summary>
    /// <param name="folder">The clone, for a commit that was made of a patch.</param>
    public string FilesOf(string commit, string folder)
    {
        Clone(folder);
        return Run(folder, "rev-parse", commit + "^{tree}").Trim();
    }

    /// <summary>Puts the files of a commit into the folder; those that do not change keep their age.</summary>
    public void CheckOut(string commit, string folder)
    {
        Clone(folder);
        Run(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--force", "--detach", commit);
    }

    /// <summary>
    /// Makes a commit of a patch, in the clone in the folder alone; where the patch does not apply, a sentence.
    /// </summary>
    public (SeriesCommit? Made, string Refused) Apply(SeriesVariant variant, string folder)
    {
        Clone(folder);
        var on = IdOf(variant.On);
        // With fixed names and times the same patch is the same commit, and its kernel is found again.
        (string, string)[] settings =
        [
            ("GIT_INDEX_FILE", Path.Combine(folder, ".git", "variant.index")),
            .. ((string[])["AUTHOR", "COMMITTER"]).SelectMany(who =>
                ((string, string)[])
                    [($"GIT_{who}_NAME", "review"), ($"GIT_{who}_EMAIL", "review"), ($"GIT_{who}_DATE", "@0 +0000")]
            ),
        ];
        Must("read-tree", on);
        string[] apply = ["apply", "--cached", "--whitespace=nowarn", Path.GetFullPath(variant.File)];
        if (Start(folder, apply, settings) is (not 0, _, var error))
            return (null, variant.Refusal(error));
        var made = Must("commit-tree", Must("write-tree"), "-p", on, "-m", variant.Subject);
        return (Read(folder, made), "");

        string Must(params string[] arguments) => Checked(arguments, Start(folder, arguments, settings)).Trim();
    }

    /// <summary>The hash of a commit of the series.</summary>
    /// <param name="at">0 for the one before.</param>
    public string IdOf(int at) => at == 0 ? First : Commits[at - 1].Id;

    private void Clone(string folder)
    {
        if (!Directory.Exists(Path.Combine(folder, ".git")))
        {
            // A clone that is there is whole.
            var unfinished = folder + ".new";
            foreach (var old in new[] { folder, unfinished }.Where(Directory.Exists))
                Directory.Delete(old, recursive: true);
            Run(".", "clone", "--quiet", "--shared", "--no-checkout", _repository, unfinished);
            Directory.Move(unfinished, folder);
        }

        // Of a git that was killed: no other is at this clone.
        File.Delete(Path.Combine(folder, ".git", "index.lock"));
    }

    private static string Commit(string repository, string revision) =>
        Try(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")?.Trim()
        ?? throw new InputErrorException($"'{revision}' names no commit of '{repository}'");

    private static SeriesCommit Read(string repository, string id)
    {
        var subject = Run(repository, "log", "-1", "--format=%s", id).Trim();
        string[] files = Lines(repository, "diff-tree", "--no-commit-id", "--name-only", "-r", id);
        var places = new List<string>();
        var file = "";
        foreach (var line in Lines(repository, "diff", "--no-color", "-U0", id + "^", id, "--", "*.c", "*.h"))
        {
            if (line.StartsWith("+++ b/", StringComparison.Ordinal))
                file = line["+++ b/".Length..];
            else if (file.Length > 0 && Hunk().Match(line) is { Success: true } hunk)
            {
                places.Add($"{file}:{hunk.Groups["line"].Value}");
                file = "";
            }
        }

        return new SeriesCommit(id, subject, places, files);
    }

    private static string[] Lines(string folder, params string[] arguments) =>
        Run(folder, arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Run(string folder, params string[] arguments) => Checked(arguments, Start(folder, arguments));

    private static string Checked(string[] arguments, ProgramOutput ended)
    {
        var (status, output, error) = ended;
        // Ctrl-C is told to git too, which may end before we are told.
        if (status == Interrupted)
            throw new OperationCanceledException();
        return status == 0
            ? output
            : throw new InputErrorException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"git {arguments[0]} ended with status {status}: {error.Trim().Split('\n')[^1]}"
                )
            );
    }

    /// <summary>What git prints; null where it refuses.</summary>
    private static string? Try(string folder, params string[] arguments) =>
        Start(folder, arguments) is (0, var output, _) ? output : null;

    private static ProgramOutput Start(
        string folder,
        string[] arguments,
        params (string Name, string Value)[] settings
    ) =>
        OtherProgram.Run("git", folder, arguments, settings)
        ?? throw new InputErrorException("git is not there; Debian has it as the package git");

    [GeneratedRegex(@"^@@ -\S+ \+(?<line>\d+)", RegexOptions.None, 1000)]
    private static partial Regex Hunk();
}
