using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;
using IommuSim.Testing;

namespace IommuSim.Search.Tests.Properties;

/// <summary>The searches know every ioctl, each in one place.</summary>
public sealed class TopicTests
{
    private static readonly IoctlPlan[] s_plans =
    [
        .. KernelTree.All.SelectMany(k => IoctlPlan.AllOf(k.Spec, BuildSwitches.Default, isSource: true).Values),
    ];

    /// <summary>Folders in the order of the README, with what they may refer to.</summary>
    public static TheoryData<string, string[]> Folders =>
        new()
        {
            { "Schedules", [] },
            { "Programs", [] },
            { "Oracles", ["Programs"] },
            { "Draw", ["Oracles", "Programs", "Schedules"] },
            { "Topics", ["Draw", "Oracles", "Programs", "Schedules"] },
            { "Findings", ["Oracles", "Programs", "Topics"] },
            { "Searches", ["Draw", "Findings", "Oracles", "Programs", "Schedules", "Topics"] },
            { "Explanations", ["Oracles", "Programs", "Searches", "Topics"] },
            { "Recordings", ["Draw", "Oracles", "Programs", "Schedules", "Topics"] },
            { "Mutants", ["Draw", "Findings", "Oracles", "Programs", "Recordings", "Schedules", "Searches", "Topics"] },
            { "Reviews", ["Findings", "Oracles", "Programs", "Schedules", "Searches", "Topics"] },
            { "Campaigns", ["Findings", "Programs", "Schedules", "Searches"] },
        };

    [Fact]
    public void All_EveryIoctlOfEveryKernel_HasOneTopic()
    {
        var names = s_plans.Select(p => p.Verb).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(names, IoctlTopics.All.Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_FieldsThatAreWritten_AreFieldsOfTheIoctl()
    {
        foreach (var topic in IoctlTopics.All)
        {
            var fields = s_plans.Where(p => p.Verb == topic.Name).SelectMany(p => p.Fields.Keys).ToHashSet();
            foreach (var field in topic.Written.Concat(topic.WrittenAlways).Concat(topic.Counters))
                Assert.True(fields.Contains(field), $"{topic.Name} has no {field} in any kernel");
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_OfTheSearches_RefersOnlyToFoldersAboveIt(string folder, string[] allowed)
    {
        var files = Directory.GetFiles(RepositoryRoot.Combine("src", "IommuSim.Search", folder), "*.cs");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var text = File.ReadAllText(file);
            Assert.Contains($"\nnamespace IommuSim.Search.{folder};\n", "\n" + text, StringComparison.Ordinal);
            foreach (var part in text.Split("IommuSim.Search.")[1..])
            {
                var other = string.Concat(part.TakeWhile(char.IsLetter));
                Assert.True(other == folder || allowed.Contains(other), $"{Path.GetFileName(file)} refers to {other}");
            }

            if (folder is not ("Topics" or "Recordings"))
                Assert.DoesNotContain(IoctlTopics.All, t => text.Contains($"\"{t.Name}\"", StringComparison.Ordinal));
        }
    }
}
