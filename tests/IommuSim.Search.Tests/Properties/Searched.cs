using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Kernels to search, each with a catalog of its own: those are made for one thread.</summary>
internal static class Searched
{
    public static SearchTarget Target(string kernel) => Target(UserProgram.NodeOf(kernel));

    public static SearchTarget Target(KernelNode node, BuildSwitches? build = null)
    {
        KernelNode[] known = [.. KernelTree.All, .. KernelTree.Fixed, .. KernelTree.Bugs];
        return new SearchTarget(node, new KernelCatalog([.. known.Union([node])]), build);
    }

    public static SequenceExecutor Executor(SearchTarget target) => new(target, IoctlTopics.Contracts);

    public static FuzzCampaign Campaign(string kernel, FuzzOptions options)
    {
        var campaign = new FuzzCampaign(Target(kernel), options);
        campaign.Run(static _ => true);
        return campaign;
    }

    /// <summary>The calls of a sequence, to be read.</summary>
    public static string Steps(CallSequence sequence) =>
        string.Join('\n', sequence.Calls.Select(c => ScenarioWriter.Step(c, sequence)));

    /// <summary>All that a sequence says, to be compared.</summary>
    public static string Text(SearchTarget target, CallSequence sequence) =>
        ProgramWriter.Write(target, sequence, "sequence");

    public static void Print(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
