using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>The searches reach queues, vIOMMUs and what is on them, and notice what is wrong there.</summary>
public sealed class QueueSearchTests
{
    /// <summary>Twenty times what the rarest of the mistakes needs.</summary>
    private const int Sequences = 3000;

    /// <summary>Of sequences, until each call has succeeded.</summary>
    private const int MostDrawn = 12000;

    private static readonly Lazy<List<string>> s_ofLinux73 = new(() => TitlesOf(UserProgram.NodeOf("linux-7.3")));

    /// <summary>One mistake in linux-7.3, and what only a kernel with it can be accused of.</summary>
    public static TheoryData<string, string> Mistakes =>
        new()
        {
            { "two owners", "I15: a group of faults has two owners" },
            { "spinning read", "INFO: task hung in iommufd_fault_fops_read" },
            { "locking abort", "possible recursive locking detected in iommufd_vdevice_destroy" },
            { "vdevice stays", "INFO: task hung in iommufd_object_dec_wait_shortterm" },
        };

    [Theory]
    [InlineData("linux-6.12", "read", "write", "IOMMU_TEST_OP_TRIGGER_IOPF")]
    [InlineData("linux-7.3", "read", "write", "IOMMU_VIOMMU_ALLOC", "IOMMU_VDEVICE_ALLOC", "IOMMU_VEVENTQ_ALLOC")]
    public void Run_DrawnSequences_SucceedInEveryCall(string kernel, params string[] verbs)
    {
        var fuzzer = new Fuzzer(Searched.Target(kernel));
        var succeeded = new HashSet<string>(StringComparer.Ordinal);
        for (ulong seed = 1; seed <= MostDrawn && !succeeded.IsSupersetOf(verbs); seed++)
        {
            var clean = fuzzer.DrawClean(seed);
            fuzzer.Executor.Start(clean.Devices);
            foreach (var call in clean.Calls)
            {
                var outcome = fuzzer.Executor.Step(call);
                if (outcome is { Made: true, Result.Succeeded: true })
                    succeeded.Add(call.Verb);
            }
        }

        foreach (var verb in verbs)
            Assert.True(succeeded.Contains(verb), $"{kernel}: no {verb} has succeeded");
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Run_PlantedMistake_IsFoundAndOnlyThere(string mistake, string title)
    {
        var found = TitlesOf(Planted(mistake));
        Assert.True(found.Contains(title), $"{mistake}: found were {string.Join("; ", found)}");
        Assert.DoesNotContain(title, s_ofLinux73.Value);
    }

    private static List<string> TitlesOf(KernelNode node)
    {
        var campaign = new FuzzCampaign(Searched.Target(node), new FuzzOptions(11, Sequences));
        campaign.Run(static _ => true);
        return [.. campaign.Findings.Select(f => f.Finding.Title)];
    }

    private static KernelNode Planted(string mistake) =>
        new("x73", UserProgram.NodeOf("linux-7.3"), "One mistake.", "made up", static spec => spec)
        {
            Brings =
            [
                mistake switch
                {
                    "two owners" => Bug.A18,
                    "spinning read" => Bug.M02,
                    "locking abort" => Bug.A30,
                    _ => Bug.A28,
                },
            ],
        };
}
