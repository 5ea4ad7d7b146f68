using IommuSim.Kernels;

namespace IommuSim.Cli.Tests;

/// <summary><c>show</c> of a kernel, for every node of the tree.</summary>
public sealed class ShowTests
{
    private static readonly string[] s_vague = ["No row of the tables", "another function", "mended but", "b__"];

    public static TheoryData<string> Nodes =>
        [
            .. KernelTree
                .All.Concat(KernelTree.Fixed)
                .Concat(KernelTree.Bugs)
                .Concat(KernelTree.Unhunted)
                .Select(node => node.Name),
        ];

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Show_EveryNode_TellsWhatItChanges(string kernel)
    {
        var result = Cli.RunAt(200, "show", kernel);

        Assert.Equal("", result.Error);
        var delta = result.Output[result.Output.IndexOf("\n\n", StringComparison.Ordinal)..];
        Assert.All(s_vague, phrase => Assert.DoesNotContain(phrase, delta, StringComparison.OrdinalIgnoreCase));
        Assert.Matches(@"\n(bug +is|table +row) .*\n─+\n\S", delta);
    }
}
