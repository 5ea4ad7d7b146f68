using System.Text.RegularExpressions;

namespace IommuSim.Source.Tests.Edits;

/// <summary>A change of a few words inside of one function of C; the lines of the file stay where they are.</summary>
/// <param name="Function">Where the pattern is looked for, once.</param>
/// <param name="Pattern">A regular expression.</param>
/// <param name="Put">What is put there, with as many line ends as it replaces.</param>
internal sealed record SourceEdit(string Function, string Pattern, string Put)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    public string Apply(string text)
    {
        var body = Regex.Match(text, $@"(?<=^|[\s*]){Function}\([^;{{]*\)\n\{{\n.*?^\}}", Options, s_limit);
        Assert.True(body.Success, $"the file has no function '{Function}' any more");
        var found = Regex.Match(body.Value, Pattern, Options, s_limit);
        Assert.True(found.Success, $"'{Function}' has nothing like '{Pattern}' any more");
        Assert.Equal(found.Value.Count('\n'), Put.Count('\n'));
        var at = body.Index + found.Index;
        return string.Concat(text.AsSpan(0, at), Put, text.AsSpan(at + found.Length));
    }

    private const RegexOptions Options = RegexOptions.Multiline | RegexOptions.Singleline;
}
