using IommuSim.Kernels.Bugs;
using IommuSim.Testing;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Every bug node shows its bug, and the fixed kernel it was made from does not.</summary>
public sealed class BugNodeTests
{
    private static readonly Provocation[] s_all =
    [
        .. MergedProvocations.All,
        .. GuestProvocations.All,
        .. DirtyProvocations.All,
        .. MappingProvocations.All,
        .. PlantedProvocations.Rows,
        .. SeriesProvocations.All,
        .. PlantedQueueProvocations.All,
        .. PlantedGuestProvocations.All,
    ];

    public static IEnumerable<TheoryDataRow<string>> Provoked() => s_all.Select(p => new TheoryDataRow<string>(p.Id));

    [Theory]
    [MemberData(nameof(Provoked))]
    public void BugNode_Provoked_ShowsItsBugAndTheFixedKernelDoesNot(string id)
    {
        var provocation = s_all.Single(p => p.Id == id);
        var node = NodeOf(id);
        Assert.Equal(provocation.OnFixed, Observe(node.Parent!, node, provocation));
        Assert.Equal(provocation.OnBug, Observe(node, node, provocation));
    }

    [Fact]
    public void Nodes_AllOfThem_AreProvoked() =>
        Assert.Equal(
            KernelTree.Bugs.Concat(KernelTree.Unhunted).Select(KeyOf).Order(StringComparer.Ordinal),
            s_all.Select(p => p.Id).Concat(BugRaceTests.Ids).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Nodes_Count_IsAtLeastForty() => Assert.True(KernelTree.Bugs.Length >= 40);

    internal static KernelNode NodeOf(string id) =>
        KernelTree.Bugs.Concat(KernelTree.Unhunted).Single(n => KeyOf(n) == id);

    /// <summary>The bug, and the parent where another node has the same one.</summary>
    private static string KeyOf(KernelNode node)
    {
        const string InV1 = "-in-v1";
        return node.Brings.Single() + (node.Name.EndsWith(InV1, StringComparison.Ordinal) ? InV1 : "");
    }

    /// <summary>On the fixed kernel in the build of the bug node, so that the delta alone differs.</summary>
    private static string Observe(KernelNode kernel, KernelNode node, Provocation provocation)
    {
        var program = new UserProgram(kernel, build: node.Build);
        var answers = provocation.Run(program);
        var titles = string.Join(", ", program.Titles());
        return titles.Length == 0 ? answers : $"{answers}; {titles}";
    }
}
