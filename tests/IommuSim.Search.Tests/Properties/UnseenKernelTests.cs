using IommuSim.Kernels;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Tests.Properties;

/// <summary>
/// Kernels made of C are judged by what programs see. Models that are judged in the same way show that this is no false
/// alarm, and what of the mistakes in mappings it finds.
/// </summary>
public sealed class UnseenKernelTests
{
    private const int Sequences = 1500;

    [Theory]
    [InlineData("linux-7.3/fixed")]
    [InlineData("linux-6.12/fixed")]
    public void Run_AnySequenceOnAFixedKernel_FindsNothingFromOutside(string kernel)
    {
        var fuzzer = FromOutside(Searched.Target(kernel));
        for (ulong seed = 1; seed <= Sequences; seed++)
        {
            var run = fuzzer.Run(seed);
            Assert.True(run.Title is null, $"{seed}: {run.Title}\n{Searched.Steps(run.Sequence)}");
        }
    }

    /// <summary>The first seed that finds it is among so many.</summary>
    [Theory]
    [InlineData("P02", "I10: IOMMU_IOAS_COPY answers OK, not EPERM: the memory was mapped to be read alone")]
    [InlineData("P03", "I11: IOMMU_IOAS_UNMAP returns another length than it unmapped")]
    [InlineData("P04", "I10: IOMMU_IOAS_UNMAP answers OK, not ENOENT: a mapping reaches out of the range")]
    [InlineData("P09", "I10: IOMMU_IOAS_COPY answers OK, not ENOENT: a part of the source is not mapped")]
    [InlineData("N5", "I10: IOMMU_IOAS_MAP answers EOVERFLOW, not EINVAL: the length is 0, or that of everything")]
    public void Run_AKernelWithAMistakeInMappings_FindsItFromOutside(string id, string title)
    {
        const ulong Most = 20_000;
        var fuzzer = FromOutside(Searched.Target(KernelTree.Bugs.First(node => $"{node.Brings[0]}" == id)));
        ulong seed = 1;
        while (seed <= Most && fuzzer.Run(seed).Title != title)
            seed++;
        Assert.True(seed <= Most, $"no sequence finds {id}");
        Searched.Print($"{id}: {seed} sequences");
    }

    private static Fuzzer FromOutside(SearchTarget target) =>
        new(target, new SequenceExecutor(target, IoctlTopics.Contracts, isSeen: false));
}
