using System.Globalization;
using IommuSim.Testing;
using YamlDotNet.RepresentationModel;

namespace IommuSim.Cli.Tests;

/// <summary>
/// The files of benchmarks/campaigns for runners that tests do not have: what they say of shards and statuses is what
/// the command does.
/// </summary>
public sealed class ReadyFilesTests
{
    private static readonly string s_found = ExitCode.Found.ToString(CultureInfo.InvariantCulture);

    [Fact]
    public void Kubernetes_Job_HasAsManyShardsAsPodsAndDoesNotRetryFindings()
    {
        var spec = Read("kubernetes.yaml")["spec"];
        Assert.Equal("Indexed", Text(spec["completionMode"]));
        var container = Items(spec["template"]["spec"]["containers"]).Single();
        var count = Items(container["env"]).Single(v => Text(v["name"]) == "IOMMUSIM_SHARDS");
        Assert.Equal(Text(spec["completions"]), Text(count["value"]));
        var rule = Items(spec["podFailurePolicy"]["rules"]).Single(r => Text(r["action"]) == "FailIndex");
        Assert.Equal(Text(container["name"]), Text(rule["onExitCodes"]["containerName"]));
        Assert.Contains(s_found, Items(rule["onExitCodes"]["values"]).Select(Text));
        // A job that is cut goes on in another pod.
        Assert.DoesNotContain("1", Items(rule["onExitCodes"]["values"]).Select(Text));
        var words = Items(container["command"]).Concat(Items(container["args"])).Select(Text);
        AssertRuns([.. words.Skip(1)], $"JOB_COMPLETION_INDEX=0 IOMMUSIM_SHARDS={Text(count["value"])}");
    }

    [Fact]
    public void GitLab_Jobs_AllowFindingsAndDoNotRetryThem()
    {
        var file = Read("gitlab-ci.yml");
        var fuzz = file["fuzz"];
        Assert.Equal([s_found], Items(fuzz["allow_failure"]["exit_codes"]).Select(Text));
        Assert.Equal([s_found], Items(file["merge"]["allow_failure"]["exit_codes"]).Select(Text));
        var retried = Items(fuzz["retry"]["when"]).Select(Text).ToArray();
        Assert.DoesNotContain("script_failure", retried);
        Assert.DoesNotContain("always", retried);
        var words = Text(Items(fuzz["script"]).Single()).Split(' ');
        AssertRuns(words[1..], $"CI_NODE_INDEX=1 CI_NODE_TOTAL={Text(fuzz["parallel"])}");
    }

    /// <summary>The command line is right and takes its shard from the runner; run here with less work.</summary>
    private static void AssertRuns(string[] words, string environment)
    {
        using var folder = new CampaignFolder();
        words[Array.IndexOf(words, "--out") + 1] = folder["campaign"];
        words[Array.IndexOf(words, "--steps") + 1] = "1";
        words[Array.IndexOf(words, "--kernel") + 1] = "linux-7.3/fixed";
        var variables = environment.Split(' ').Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        var result = Cli.RunWith(variables, words);
        Assert.StartsWith("iommusim: shard 1/8, named by ", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Holds, result.Exit);
    }

    private static YamlNode Read(string name)
    {
        using var file = new StreamReader(RepositoryRoot.Combine($"benchmarks/campaigns/{name}"));
        var stream = new YamlStream();
        stream.Load(file);
        return stream.Documents.Single().RootNode;
    }

    private static IEnumerable<YamlNode> Items(YamlNode node) => ((YamlSequenceNode)node).Children;

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
