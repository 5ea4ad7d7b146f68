using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace IommuSim.Search.Recordings;

/// <summary>
/// Runs of system calls with what a kernel did in each: text, one line a call. The layouts that the calls need are
/// in the file too, so that a player knows nothing of any kernel.
/// </summary>
/// <param name="Name">The file, as differences name it.</param>
/// <param name="Comments">Which kernel it was, and what made the file; without the number sign.</param>
internal sealed record RecordedFile(
    string Name,
    ImmutableArray<string> Comments,
    ImmutableArray<CallLayout> Layouts,
    ImmutableArray<RecordedRun> Runs
)
{
    internal const string RunWord = "run ";

    /// <summary>Reads a file; a line that is none is a <see cref="RecordedFileException"/> with its place.</summary>
    public static RecordedFile Read(string path) => Parse(File.ReadAllLines(path), Path.GetFileName(path));

    /// <summary>The layout of an ioctl or a struct, or null.</summary>
    public CallLayout? Find(string name) => Layouts.FirstOrDefault(layout => layout.Name == name);

    internal static RecordedFile Parse(IReadOnlyList<string> lines, string name)
    {
        var comments = ImmutableArray.CreateBuilder<string>();
        var layouts = ImmutableArray.CreateBuilder<CallLayout>();
        var runs = ImmutableArray.CreateBuilder<RecordedRun>();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (line.Length == 0)
                continue;
            if (line[0] == '#')
                comments.Add(line[1..].TrimStart());
            else if (CallLayout.IsOne(line))
                layouts.Add(CallLayout.Parse(line) ?? throw Wrong("a layout", "'ioctl NAME REQUEST SIZE FIELDS'"));
            else if (line.StartsWith(RunWord, StringComparison.Ordinal))
                runs.Add(new RecordedRun(line[RunWord.Length..], i + 1, []));
            else if (runs.Count == 0)
                throw Wrong("a line before the first run", "a comment, a layout or 'run NAME'");
            else
                runs[^1] = runs[^1].With(RecordedCall.Parse(line, i + 1) ?? throw Wrong("a call", "'LABEL VERB ...'"));

            RecordedFileException Wrong(string what, string right) =>
                new($"{name}:{i + 1}: '{line}' is {what} that is wrong: expected {right}");
        }

        return new RecordedFile(name, comments.ToImmutable(), layouts.ToImmutable(), runs.ToImmutable());
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var comment in Comments)
            text.Append("# ").Append(comment).Append('\n');
        foreach (var layout in Layouts)
            text.Append(layout).Append('\n');
        foreach (var run in Runs)
        {
            text.Append(RunWord).Append(run.Name).Append('\n');
            foreach (var call in run.Calls)
                text.Append(call).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>A program's calls, from the open of its first file to its end.</summary>
/// <param name="Line">Where it begins in its file, from 1.</param>
internal sealed record RecordedRun(string Name, int Line, ImmutableArray<RecordedCall> Calls)
{
    internal RecordedRun With(RecordedCall call) => this with { Calls = Calls.Add(call) };
}

/// <summary>One call by its words, and what came of it.</summary>
/// <param name="Line">Its place in the file, from 1.</param>
/// <param name="Label">Names its results.</param>
/// <param name="Words">Its arguments, as written.</param>
/// <param name="Outcome">What the kernel did; empty in a file that was not recorded yet.</param>
internal sealed record RecordedCall(int Line, int Label, string Verb, ImmutableArray<string> Words, string Outcome)
{
    private const string Arrow = " => ";

    /// <summary>The call without its outcome.</summary>
    public string Text => string.Join(' ', Words.Prepend(Verb).Prepend(Label.ToString(CultureInfo.InvariantCulture)));

    internal static RecordedCall? Parse(string line, int number)
    {
        var end = line.IndexOf(Arrow, StringComparison.Ordinal);
        var words = (end < 0 ? line : line[..end]).Split(' ');
        if (words.Length < 2 || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var label))
            return null;
        return new RecordedCall(number, label, words[1], [.. words[2..]], end < 0 ? "" : line[(end + Arrow.Length)..]);
    }

    public override string ToString() => Outcome.Length == 0 ? Text : Text + Arrow + Outcome;
}

/// <summary>The argument of an ioctl, or a struct in memory that an argument points to.</summary>
/// <param name="Request">Of ioctl(2); null for a struct that is no argument.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Op">Of a test operation: the number that its field <c>op</c> gets.</param>
internal sealed record CallLayout(string Name, uint? Request, int Size, uint? Op, ImmutableArray<LayoutField> Fields)
{
    /// <summary>Where the operation of IOMMU_TEST_CMD stands.</summary>
    internal const int OpOffset = 4;

    private const string IoctlWord = "ioctl ";
    private const string StructWord = "struct ";
    private const string OpWord = "op=";

    internal static bool IsOne(string line) =>
        line.StartsWith(IoctlWord, StringComparison.Ordinal) || line.StartsWith(StructWord, StringComparison.Ordinal);

    /// <summary>The field of this name, or null.</summary>
    public LayoutField? Find(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name)
                return field;
        }

        return null;
    }

    internal static CallLayout? Parse(string line)
    {
        var words = line.Split(' ');
        var at = 2;
        uint? request = null;
        uint? op = null;
        if (words[0] == IoctlWord.TrimEnd())
        {
            if (words.Length < 4 || !RunNumbers.TryParse(words[at++], out var number))
                return null;
            request = (uint)number;
        }

        if (words.Length <= at || !RunNumbers.TryParse(words[at++], out var size))
            return null;
        if (words.Length > at && words[at].StartsWith(OpWord, StringComparison.Ordinal))
            op = RunNumbers.TryParse(words[at++][OpWord.Length..], out var number) ? (uint)number : null;
        var fields = words[at..].Select(LayoutField.Parse).ToArray();
        return Array.Exists(fields, field => field is null)
            ? null
            : new CallLayout(words[1], request, (int)size, op, [.. fields.Select(field => field!)]);
    }

    public override string ToString()
    {
        var words = new List<string> { Request is null ? "struct" : "ioctl", Name };
        if (Request is { } request)
            words.Add(RunNumbers.Text(request));
        words.Add(RunNumbers.Text((ulong)Size));
        if (Op is { } op)
            words.Add(OpWord + RunNumbers.Text(op));
        return string.Join(' ', words.Concat(Fields.Select(field => field.ToString())));
    }
}

/// <summary>A number in a struct: its name in C, where it is, and 1, 2, 4 or 8 bytes.</summary>
internal sealed record LayoutField(string Name, int Offset, int Size)
{
    internal static LayoutField? Parse(string word) =>
        word.Split(':') is [var name, var offset, var size]
        && RunNumbers.TryParse(offset, out var at)
        && RunNumbers.TryParse(size, out var bytes)
            ? new LayoutField(name, (int)at, (int)bytes)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}:{Offset}:{Size}");
}

/// <summary>A file that is none; the message begins with its place.</summary>
internal sealed class RecordedFileException(string message) : Exception(message);

/// <summary>Numbers as the files have them.</summary>
internal static class RunNumbers
{
    private const ulong MostDecimal = 4096;

    public static string Text(ulong number) =>
        number <= MostDecimal
            ? number.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");

    public static bool TryParse(string text, out ulong number) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
