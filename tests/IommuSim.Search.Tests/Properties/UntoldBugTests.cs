using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>The searches meet the bugs of the kernels of history without being told of any.</summary>
public sealed class UntoldBugTests
{
    private const string Ranges = "I3: a failed call changed the reserved ranges of an IOAS";

    /// <summary>In v1 other bugs end most sequences before a replace fails.</summary>
    [Theory]
    [InlineData("linux-6.8", 10000)]
    [InlineData("linux-6.12", 10000)]
    [InlineData("linux-7.3", 10000)]
    [InlineData("v1/smmuv3", 40000)]
    public void Run_UnmodifiedKernel_FindsAFailedReplaceThatLosesReservedRanges(string kernel, int sequences)
    {
        var target = Searched.Target(kernel);
        var found = FirstFailedReplace(target, sequences);
        Assert.True(
            found is not null,
            $"{kernel}: {sequences} sequences found no failed replace that changes the reserved ranges"
        );
        var executor = Searched.Executor(target);
        var shrunk = Shrinker.Shrink(found.Sequence, found.Title!, s => executor.Run(s)?.Title);
        Assert.Equal(found.Title, executor.Run(shrunk)?.Title);
        Searched.Print($"{kernel}, sequence {found.Seed}: {found.Title}\n{Searched.Steps(shrunk)}");
    }

    private static FuzzRun? FirstFailedReplace(SearchTarget target, int sequences)
    {
        var fuzzer = new Fuzzer(target);
        for (ulong seed = 1; seed <= (ulong)sequences; seed++)
        {
            var run = fuzzer.Run(seed);
            if (run.Title == Ranges && IsReplace(run.Sequence.Calls[^1]))
                return run;
        }

        return null;
    }

    private static bool IsReplace(Call call) =>
        call.Kind == CallKind.Replace || call.Verb == "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE";
}
