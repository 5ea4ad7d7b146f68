using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Two kernels are compared by what they answer to the same calls.</summary>
public sealed class DifferenceTests
{
    [Fact]
    public void Run_Linux67AgainstLinux68_ShrinksTheFirstDifference()
    {
        var first = Search("linux-6.8", "linux-6.7", new FuzzOptions(1, 500, StopsAtFirst: true));
        var found = Assert.Single(first.Differences);
        Assert.NotEmpty(found.Finding.Detail);
        Searched.Print($"{found.Finding.Title}\n{found.Finding.Detail}{found.Finding.Replay}");

        var target = Searched.Target("linux-6.8");
        var drawn = new Fuzzer(target).DrawClean((ulong)first.Sequences);
        Assert.InRange(found.Sequence.Calls.Length, 1, drawn.Calls.Length);
        Assert.InRange(found.Sequence.Devices.Length, 0, drawn.Devices.Length);
    }

    [Fact]
    public void Run_SameOptionsTwice_FindsTheSame()
    {
        var options = new FuzzOptions(5, 100);
        Assert.Equal(
            Titles(Search("linux-6.8", "linux-6.7", options)),
            Titles(Search("linux-6.8", "linux-6.7", options))
        );
    }

    [Theory]
    [InlineData("linux-6.7")]
    [InlineData("linux-6.8")]
    [InlineData("v1/smmuv3")]
    [InlineData("v1/smmuv3/fixed")]
    public void Run_KernelAgainstItself_FindsNothing(string kernel)
    {
        var search = Search(kernel, kernel, new FuzzOptions(1, 300));
        Assert.Equal(300, search.Sequences);
        Assert.True(
            search.Differences.Count == 0,
            $"{kernel} differs from itself: " + string.Join("\n", search.Differences.Select(f => f.Finding.Detail))
        );
    }

    private static string[] Titles(DifferenceSearch search) =>
        [.. search.Differences.Select(f => $"{f.Finding.Title}: {f.Count} {f.Finding.Detail}")];

    private static DifferenceSearch Search(string one, string other, FuzzOptions options)
    {
        var search = new DifferenceSearch(Searched.Target(one), Searched.Target(other), options);
        search.Run(static _ => true);
        return search;
    }
}
