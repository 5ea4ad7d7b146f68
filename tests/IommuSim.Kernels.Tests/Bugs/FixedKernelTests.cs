using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Schedules;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>The fixed kernels report nothing, and a call that fails there changes nothing.</summary>
public sealed class FixedKernelTests
{
    private const int Seeds = 150;

    public static IEnumerable<TheoryDataRow<string>> Kernels() =>
        KernelTree.Fixed.Select(node => new TheoryDataRow<string>(node.Name));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_RandomCallsWithFailures_NothingToFind(string kernel)
    {
        var node = KernelTree.Find(kernel)!;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var calls = new RandomCalls(node, seed);
            var found = calls.Run(60);
            Assert.True(found is null, $"seed {seed}: {found}\n{calls.Log}");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_Tables_CarryNoBug(string kernel) => Assert.Empty(KernelTree.Find(kernel)!.Bugs);
}
