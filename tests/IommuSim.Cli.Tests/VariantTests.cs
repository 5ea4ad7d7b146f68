using IommuSim.Cli.Commands;
using IommuSim.Cli.Review;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Tests;

/// <summary>Patches beside a series.</summary>
public sealed class VariantTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "mine/03+idea", 3)]
    [InlineData("mine/02:", "mine/02+idea", 2)]
    [InlineData("base:", "base+idea", 0)]
    public void Parse_Patch_IsNamedAfterItsCommit(string prefix, string name, int on)
    {
        var variant = Assert.Single(SeriesVariant.Parse([prefix + Write("idea.patch", "")], 3));
        Assert.Equal((name, on, "idea.patch"), (variant.Name, variant.On, variant.Patch));
    }

    [Theory]
    [InlineData("mine/04:idea.patch", "the series has no mine/04; expected base, or mine/01 to mine/03")]
    [InlineData("mine/00:idea.patch", "the series has no mine/00; expected base, or mine/01 to mine/03")]
    [InlineData("base:nowhere.patch", "there is no file 'nowhere.patch'")]
    [InlineData("HEAD:nowhere.patch", "there is no file 'HEAD:nowhere.patch'")]
    public void Parse_OfNoPatch_SaysWhat(string text, string sentence)
    {
        var refused = Assert.Throws<InputErrorException>(() => SeriesVariant.Parse([text], 3));
        Assert.Contains(sentence, refused.Message);
    }

    [Fact]
    public void Parse_TwoOfOneName_AsksForAnother()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "b"));
        string[] texts = [Write("idea.patch", ""), Write("b/idea.patch", "")];
        var refused = Assert.Throws<InputErrorException>(() => SeriesVariant.Parse(texts, 3));
        Assert.Contains("would both be called mine/03+idea", refused.Message);
    }

    [Theory]
    [InlineData("error: No valid patches in input (allow with \"--allow-empty\")\n", "x.patch is no patch: expected")]
    [InlineData("error: patch failed: a.c:3\nerror: a.c: patch does not apply\n", "to mine/02: patch failed: a.c:3.")]
    public void Refusal_OfWhatGitSays_IsOneSentence(string error, string sentence)
    {
        var refusal = new SeriesVariant("mine/02+x", 2, "some/x.patch").Refusal(error);
        Assert.Contains(sentence, refusal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Theory]
    [InlineData("diff --git a/a.c b/a.c\n", "idea.patch")]
    [InlineData(
        "From 1\nSubject: [PATCH v2 1/2] iommufd: Take\n a number\n\nWhy.\n---\ndiff --git a/a b/a\n",
        "iommufd: Take a number"
    )]
    public void Subject_OfAPatch_IsThatOfItsMail(string text, string subject) =>
        Assert.Equal(subject, new SeriesVariant("base+idea", 0, Write("idea.patch", text)).Subject);

    [Theory]
    [InlineData("text")]
    [InlineData("mail")]
    [InlineData("markdown")]
    [InlineData("json")]
    [InlineData("ktap")]
    [InlineData("junit")]
    public void Write_ReviewWithVariants_HasThemInEveryFormat(string format)
    {
        var output = new StringWriter();
        var settings = new ConsoleSettings(ConsoleSettings.DefaultWidth, false, false, TimeProvider.System);
        ReviewCommand.Write(new CommandContext(output, output, settings), WithVariants(), format);
        Assert.All(
            (string[])["mine/01+idea", "idea.patch does not apply", "GET_HW_INFO", "OK 0x1"],
            text => Assert.Contains(text, output.ToString())
        );
    }

    [Fact]
    public void Holds_VariantThatDoesNotApply_IsFalse() => Assert.False(WithVariants().Holds);

    private static ReviewReport WithVariants()
    {
        var commit = new SeriesCommit(new string('a', 40), "Lists types", [], []);
        ReviewEntry[] entries =
        [
            new("mine/01", commit, [], [], null),
            new("mine/01+idea", commit, [], [], null)
            {
                Variant = new SeriesVariant("mine/01+idea", 1, "idea.patch"),
                Refused = "idea.patch does not apply to mine/01: corrupt patch at line 3.",
            },
        ];
        AlternativeAnswer[] answers = [new("OK", []), new("OK 0x1", []), new("killed", [])];
        return new ReviewReport("a..b", commit.Id, "7.3.4", ReviewDepth.Quick, entries, [], IsCut: false)
        {
            Alternatives = new Alternatives(
                ["base", "mine/01", "base+more"],
                Scenarios: 2,
                Questions: 6,
                [new AlternativeRow("mock", "GET_HW_INFO", answers)]
            ),
        };
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
