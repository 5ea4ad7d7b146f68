using System.Text.Json.Nodes;
using IommuSim.Kernels;
using IommuSim.Search.Explanations;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Tests;

/// <summary><c>explain</c>: no errno without a line, and no order that a call contradicts.</summary>
public sealed class ExplainTests
{
    private static readonly Dictionary<string, Dictionary<string, JsonNode>> s_documents = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("linux-7.3")]
    [InlineData("linux-6.12")]
    [InlineData("linux-6.8")]
    [InlineData("v1/08")]
    public void Explain_EveryErrnoOfDrawnCalls_HasALine(string kernel)
    {
        var ioctls = Document(kernel);

        Assert.Empty(Missing(kernel, new FuzzOptions(1, FailureSurvey.Sequences), row => Errnos(ioctls[row])));
        // Of rarer ones it is said that they are documented and were not seen.
        var others = new FuzzOptions(1_000_000, 3000);
        Assert.Empty(Missing(kernel, others, row => Errnos(ioctls[row]).Concat(NeverSeen(ioctls[row]))));

        IEnumerable<string> Missing(string kernel, FuzzOptions options, Func<string, IEnumerable<string>> told)
        {
            var campaign = new FuzzCampaign(new SearchTarget(KernelTree.All.Single(k => k.Name == kernel)), options);
            campaign.Run(_ => true);
            return from row in campaign.Reach
                where ioctls.ContainsKey(row.Call)
                from failure in row.Failures
                where !told(row.Call).Contains(failure.Errno.ToString())
                select $"{row.Call}: {failure.Errno}, {failure.Count} times";
        }
    }

    [Theory]
    [InlineData("IOMMU_HWPT_ALLOC", "a reserved field is set", "type and data go together")]
    [InlineData("IOMMU_HWPT_ALLOC", "type and data go together", "there is no such device")]
    [InlineData("IOMMU_HWPT_ALLOC", "there is no such device", "there is no such page table")]
    [InlineData("IOMMU_DESTROY", "the struct is too short", "it is in use")]
    [InlineData("IOMMU_IOAS_MAP", "a flag is unknown or a reserved field is set", "it may be neither read nor written")]
    public void Explain_TwoChecks_AreInTheOrderOfTheContract(string ioctl, string first, string second)
    {
        var lines = Lines(Document()[ioctl]);

        var (one, other) = (lines.Single(l => l.When == first), lines.Single(l => l.When == second));
        Assert.Contains(one.Number, other.After);
        Assert.True(one.Number < other.Number);
    }

    /// <summary>Each pair is one of: before, after, not told. One errno never tells two checks apart.</summary>
    [Fact]
    public void Explain_EveryPairOfChecks_HasOneRelation()
    {
        foreach (var (name, ioctl) in Document())
        {
            var lines = Lines(ioctl);
            foreach (var one in lines)
            {
                foreach (var other in lines.Where(l => l.Number != one.Number))
                {
                    bool[] relations =
                    [
                        one.After.Contains(other.Number),
                        other.After.Contains(one.Number),
                        one.NotTold.Contains(other.Number) && other.NotTold.Contains(one.Number),
                    ];
                    Assert.True(relations.Count(r => r) == 1, $"{name}: {one.Number} and {other.Number}");
                    Assert.True(!relations[0] || other.Number < one.Number, $"{name}: {one.Number}, {other.Number}");
                    Assert.True(one.Errno != other.Errno || relations[2], $"{name}: {one.Number}, {other.Number}");
                }
            }
        }
    }

    /// <summary>
    /// The order that a model was seen to check in is that of the C. Which op of a driver is the first to be failed
    /// differs.
    /// </summary>
    [Fact]
    public void Explain_KernelOfC_ContradictsNoOrderOfItsModel()
    {
        var file = Environment.GetEnvironmentVariable("IOMMUSIM_KERNEL_73");
        Assert.SkipWhen(string.IsNullOrEmpty(file), "IOMMUSIM_KERNEL_73 names no kernel made by 'iommusim build'");
        var ofModel = Pairs(Document());
        var ofC = Pairs(Document(file!));

        Assert.InRange(ofModel.Count(ofC.Contains), 900, int.MaxValue);
        Assert.DoesNotContain(ofModel, pair => ofC.Contains((pair.Ioctl, pair.Second, pair.First)));

        static HashSet<(string Ioctl, string First, string Second)> Pairs(Dictionary<string, JsonNode> ioctls) =>
            [
                .. from ioctl in ioctls
                let lines = Lines(ioctl.Value).ConvertAll(l => (l.Number, Text: $"{l.Errno}: {l.When}", l.After))
                from one in lines
                from other in lines
                where other.After.Contains(one.Number) && !IsDriverOp(one.Text) && !IsDriverOp(other.Text)
                select (ioctl.Key, one.Text, other.Text),
            ];

        static bool IsDriverOp(string text) => text.Contains("first driver op", StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_Destroy_MatchesGolden()
    {
        Cli.MatchesGolden("explain-destroy.txt", Cli.Run("explain", "--ioctl", "IOMMU_DESTROY").Output);
        Cli.MatchesGolden("explain-ebusy.md", Markdown("EBUSY"));
        Cli.MatchesGolden("explain-enospc.md", Markdown("ENOSPC"));

        static string Markdown(string errno) =>
            Cli.Run("explain", errno, "--ioctl", "IOMMU_DESTROY", "--format", "markdown").Output;
    }

    /// <summary>Of every ioctl of a kernel; asked once, for each takes some seconds.</summary>
    private static Dictionary<string, JsonNode> Document(string kernel = "linux-7.3")
    {
        if (!s_documents.TryGetValue(kernel, out var known))
            s_documents.Add(kernel, known = Ask(kernel));
        return known;
    }

    private static Dictionary<string, JsonNode> Ask(string kernel)
    {
        var result = Cli.Run("explain", "--format", "json", "--kernel", kernel);
        Assert.Equal(("", ExitCode.Holds), (result.Error, result.Exit));
        var ioctls = JsonNode.Parse(result.Output)!["ioctls"]!.AsArray();
        return ioctls.ToDictionary(i => (string)i!["ioctl"]!, i => i!);
    }

    private static List<Line> Lines(JsonNode ioctl) =>
        [
            .. ioctl["checks"]!
                .AsArray()
                .Select(check => new Line(
                    (int)check!["number"]!,
                    (string)check["errno"]!,
                    (string)check["when"]!,
                    Numbers(check["after"]!),
                    Numbers(check["notTold"]!)
                )),
        ];

    private static IEnumerable<string> Errnos(JsonNode ioctl) => Lines(ioctl).Select(line => line.Errno);

    private static IEnumerable<string> NeverSeen(JsonNode ioctl) =>
        ioctl["neverSeen"]!.AsArray().Select(errno => (string)errno!);

    private static int[] Numbers(JsonNode list) => [.. list.AsArray().Select(n => (int)n!)];

    private sealed record Line(int Number, string Errno, string When, int[] After, int[] NotTold);
}
