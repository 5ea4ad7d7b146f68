using IommuSim.Benchmarks.Growth;
using IommuSim.Benchmarks.Report;

namespace IommuSim.Benchmarks.Tests;

public sealed class ReportTests
{
    [Fact]
    public void Replace_APart_KeepsWhatIsWrittenAroundIt()
    {
        const string Page = "prose\n<!-- begin a -->\nold\n<!-- end a -->\nmore\n";

        var once = ReportFile.Replace(Page, "a", "new\n");

        Assert.Equal("prose\n<!-- begin a -->\n\nnew\n\n<!-- end a -->\nmore\n", once);
        Assert.Equal(once, ReportFile.Replace(once, "a", "new"));
    }

    [Fact]
    public void Replace_NoSuchPart_Throws() =>
        Assert.Throws<InvalidOperationException>(() => ReportFile.Replace("prose", "a", "new"));

    [Fact]
    public void Run_UnknownPart_IsOneSentenceAndExitCode2()
    {
        using var error = new StringWriter();

        Assert.Equal(2, ReportCommand.Run(["weather"], error));

        Assert.Equal(
            "there is no part 'weather'; parts: machine, designs, lookup, ranking, operations, growth",
            error.ToString().TrimEnd()
        );
    }

    /// <summary>Every size of a direction has the same operations, and they answer as they should.</summary>
    [Fact]
    public void Grow_TheFirstSizes_SameOperations()
    {
        foreach (var direction in GrowthDirection.All)
        {
            var small = direction.Grow(direction.Sizes[0]);
            var larger = direction.Grow(direction.Sizes[1]);

            Assert.Equal(small.Select(o => o.Name), larger.Select(o => o.Name));
            Assert.All(small.Concat(larger), o => Assert.True(o.Run() && o.Run(), o.Name));
        }
    }
}
