using IommuSim.Cli.Review;

namespace IommuSim.Cli.Tests;

/// <summary>The parts of <c>review</c>; and a whole one, where IOMMUSIM_TREE_73 names a tree of Linux 7.3.</summary>
public sealed class ReviewTests
{
    private const string Variable = "IOMMUSIM_TREE_73";

    private const string Header = """
        /* The number of IOMMU_OLD */
        #define IOMMU_OLD 1
        enum {
        	IOMMUFD_CMD_A = 0x80,
        };
        struct iommu_a {
        	__u32 size;
        	__u32 flags;
        };
        """;

    [Fact]
    public void Fold_LongLine_BreaksAtTheLastBlankBefore72()
    {
        var line = string.Join(' ', Enumerable.Repeat("iommufd", 12));
        string[] parts = [.. MailText.Fold(line)];
        Assert.All(parts, part => Assert.InRange(part.Length, 1, MailText.Width));
        Assert.Equal(line, string.Join(' ', parts.Select(part => part.Trim())));
        Assert.StartsWith("    ", parts[1]);
    }

    [Fact]
    public void Fold_WordWithoutBlank_IsCut()
    {
        var parts = MailText.Fold("  " + new string('x', 150)).ToArray();
        Assert.All(parts, part => Assert.InRange(part.Length, 1, MailText.Width));
        Assert.Equal(150, parts.Sum(part => part.Trim().Length));
    }

    [Theory]
    [InlineData("", "", new string[0])]
    [InlineData("__u32 flags;", "__u32 flags;\n\t__u64 more;", new[] { "struct iommu_a grows at its end: __u64 more" })]
    [InlineData("\t__u32 flags;\n", "", new[] { "struct iommu_a loses its end: __u32 flags" })]
    [InlineData("IOMMUFD_CMD_A = 0x80,", "IOMMUFD_CMD_A = 0x80,\n\tIOMMUFD_CMD_B,", new[] { "IOMMUFD_CMD_B is new" })]
    [InlineData("#define IOMMU_OLD 1", "", new[] { "IOMMU_OLD is gone" })]
    [InlineData("The number of IOMMU_OLD", "The number of IOMMU_NEW", new string[0])]
    public void ChangesTo_EditedHeader_TellsWhatProgramsSee(string old, string now, string[] changes)
    {
        var edited = old.Length == 0 ? Header : Header.Replace(old, now, StringComparison.Ordinal);
        Assert.Equal(changes, new UapiHeader(Header).ChangesTo(new UapiHeader(edited)));
    }

    [Fact]
    public void ChangesTo_FieldInTheMiddle_SaysThatOldProgramsPassOthers()
    {
        var edited = Header.Replace("__u32 flags;", "__u32 more;\n\t__u32 flags;", StringComparison.Ordinal);
        var change = Assert.Single(new UapiHeader(Header).ChangesTo(new UapiHeader(edited)));
        Assert.StartsWith("struct iommu_a has other fields, or in another order", change);
    }

    [Theory]
    [InlineData("/nowhere", "a..b", "there is no such folder")]
    [InlineData("/usr", "a..b", "is no git repository")]
    public void Review_OfNoRepository_SaysWhat(string tree, string range, string sentence)
    {
        var run = Cli.Run("review", "--tree", tree, range);
        Assert.Equal(ExitCode.BadInput, run.Exit);
        Assert.Contains(sentence, run.Error);
    }

    [Fact]
    public async Task Review_OfASeries_NamesWhatEachCommitChanges()
    {
        var tree = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(tree), $"{Variable} names no source tree of Linux 7.3");
        await Script.RunAsync("tests/review/series", tree!);
    }
}
