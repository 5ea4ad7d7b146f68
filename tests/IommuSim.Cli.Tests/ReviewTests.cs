using IommuSim.Cli.Rendering;
using IommuSim.Cli.Review;

namespace IommuSim.Cli.Tests;

/// <summary>The parts of <c>review</c>; whole ones are in <see cref="WholeReviewTests"/>.</summary>
public sealed class ReviewTests
{
    [Fact]
    public void Fold_LongLine_BreaksAtTheLastBlankBefore72()
    {
        var line = string.Join(' ', Enumerable.Repeat("iommufd", 12));
        string[] parts = [.. WordWrap.Fold(line, MailText.Width)];
        Assert.All(parts, part => Assert.InRange(part.Length, 1, MailText.Width));
        Assert.Equal(line, string.Join(' ', parts.Select(part => part.Trim())));
        Assert.StartsWith("    ", parts[1]);
    }

    [Fact]
    public void Write_DetailThatIsTooWide_BreaksBetweenWords()
    {
        var line = string.Join(' ', Enumerable.Repeat("iommufd", 12));
        var text = new StringWriter();
        var settings = new ConsoleSettings(ConsoleSettings.DefaultWidth, false, false, TimeProvider.System);
        TextPage.Write(new Page().Verbatim(line, folds: true).Verbatim(line), text, settings);
        Assert.Equal($"{line[..79]}\n    iommufd iommufd\n\n{line}\n", text.ToString());
    }

    [Fact]
    public void Fold_WordWithoutBlank_IsCut()
    {
        var parts = WordWrap.Fold("  " + new string('x', 150), MailText.Width).ToArray();
        Assert.All(parts, part => Assert.InRange(part.Length, 1, MailText.Width));
        Assert.Equal(150, parts.Sum(part => part.Trim().Length));
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
}
