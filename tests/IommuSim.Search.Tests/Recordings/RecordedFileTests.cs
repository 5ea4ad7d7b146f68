using IommuSim.Search.Recordings;

namespace IommuSim.Search.Tests.Recordings;

/// <summary>Files of recorded runs: read, written, and refused with their place.</summary>
public sealed class RecordedFileTests
{
    private const string Text = """
        # Linux 7.3.4
        ioctl IOMMU_IOAS_ALLOC 0x3b81 12 flags:4:4 out_ioas_id:8:4
        ioctl IOMMU_TEST_OP_CREATE_ACCESS 0x3ba0 72 op=5 id:8:4 out_access_fd:16:4 flags:20:4
        struct iommu_iova_range 16 start:0:8 last:8:8
        run 1 first
        1 IOMMU_IOAS_ALLOC flags=1 => EOPNOTSUPP
        2 IOMMU_IOAS_ALLOC !size=8
        run 2 second
        1 open => OK

        """;

    [Fact]
    public void ToString_OfWhatWasParsed_IsTheSameText() => Assert.Equal(Text, Parse(Text).ToString());

    [Fact]
    public void Parse_CallsAndRuns_HaveTheirLines()
    {
        var file = Parse(Text);
        Assert.Equal(["5 1 first", "8 2 second"], file.Runs.Select(run => $"{run.Line} {run.Name}").ToArray());
        var call = file.Runs[0].Calls[0];
        Assert.Equal((6, 1, "IOMMU_IOAS_ALLOC", "EOPNOTSUPP"), (call.Line, call.Label, call.Verb, call.Outcome));
        Assert.Equal("1 IOMMU_IOAS_ALLOC flags=1", call.Text);
        Assert.Equal("", file.Runs[0].Calls[1].Outcome);
        Assert.Equal(5u, file.Find("IOMMU_TEST_OP_CREATE_ACCESS")!.Op);
    }

    [Theory]
    [InlineData("1 open => OK", "runs.txt:1: '1 open => OK' is a line before the first run that is wrong")]
    [InlineData("run 1\nopen", "runs.txt:2: 'open' is a call that is wrong: expected 'LABEL VERB ...'")]
    [InlineData("ioctl X 0x3b81", "runs.txt:1: 'ioctl X 0x3b81' is a layout that is wrong")]
    [InlineData("struct x 16 start:0", "runs.txt:1: 'struct x 16 start:0' is a layout that is wrong")]
    public void Parse_WrongLine_SaysWhereAndWhatWouldBeRight(string text, string start)
    {
        var wrong = Assert.Throws<RecordedFileException>(() => Parse(text));
        Assert.StartsWith(start, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("00ff", "00ff")]
    [InlineData("11111111111111", "11111111111111")]
    [InlineData("1111111111111111", "(11*8)")]
    [InlineData("aa111111111111111111bb", "aa(11*9)bb")]
    public void Bytes_EightAndMoreThatAreEqual_AreOne(string bytes, string text) =>
        Assert.Equal(text, HexText.Of(Convert.FromHexString(bytes)));

    internal static RecordedFile Parse(string text) => RecordedFile.Parse(text.Split('\n'), "runs.txt");
}
