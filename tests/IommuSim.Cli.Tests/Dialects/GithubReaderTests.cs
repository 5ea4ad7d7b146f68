using IommuSim.Cli.Dialects;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>Workflow commands, read back by the rules of GitHub's documentation.</summary>
public sealed class GithubReaderTests
{
    [Fact]
    public void Commands_OfTheSample_ReadBackAsTheCases()
    {
        var expected =
            from suite in DialectSample.Report.Suites
            from c in suite.Cases
            where c.Outcome != DialectOutcome.Pass
            select (
                c.Outcome == DialectOutcome.Fail ? "error" : "notice",
                $"file={c.File};line={c.Line};title={suite.Name}: {c.Name}",
                string.Join('\n', c.Explanation.Prepend(c.Message))
            );
        var lines = DialectSample.In(Format.Github).TrimEnd('\n').Split('\n');

        Assert.Equal(expected, lines[..^1].Select(Read));
        Assert.Equal("1 passed, 3 failed, 2 skipped", lines[^1]);
    }

    /// <summary><c>::name key=value,key=value::data</c>; an escaped character is what it stands for.</summary>
    internal static (string Name, string Properties, string Data) Read(string line)
    {
        Assert.StartsWith("::", line, StringComparison.Ordinal);
        var end = line.IndexOf("::", 2, StringComparison.Ordinal);
        var words = line[2..end].Split(' ', 2);
        var properties = words[1]
            .Split(',')
            .Select(p => p.Split('=', 2))
            .ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        string[] order = ["file", "line", "title"];
        Assert.Empty(properties.Keys.Except(order, StringComparer.Ordinal));
        var told = order.Select(key => $"{key}={Uri.UnescapeDataString(properties.GetValueOrDefault(key, ""))}");
        return (words[0], string.Join(';', told), Uri.UnescapeDataString(line[(end + 2)..]));
    }
}
