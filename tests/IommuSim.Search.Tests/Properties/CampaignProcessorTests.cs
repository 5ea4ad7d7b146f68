using IommuSim.Search.Campaigns;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>A line of a campaign is the same on every machine.</summary>
public sealed class CampaignProcessorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_SoManyProcessors_WriteTheSameBytes(int processors)
    {
        Assert.Equal(Lines(processors: 2), Lines(processors));
    }

    private static string Lines(int processors)
    {
        var folder = Directory.CreateTempSubdirectory("iommusim-campaign-");
        try
        {
            var target = Searched.Target("v1/smmuv3");
            var chunks = FuzzChunks.Of(target, new FuzzOptions(3, 1000), "tool", processors);
            using (var run = new ShardRun(chunks, Shard.Whole, folder.FullName))
                run.Run(static _ => true);
            return File.ReadAllText(Path.Combine(folder.FullName, ShardFile.NameOf(Shard.Whole)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
