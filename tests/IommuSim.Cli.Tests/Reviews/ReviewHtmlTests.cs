using System.Xml.Linq;
using IommuSim.Cli.Rendering.Html;
using IommuSim.Cli.Review;
using IommuSim.Cli.Review.Html;
using IommuSim.Search.Oracles;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Tests.Reviews;

/// <summary>The page of <c>review --format html</c>.</summary>
public sealed class ReviewHtmlTests
{
    private static readonly Lazy<ReviewReport> s_report = new(() =>
    {
        var series = new ScratchSeries(ScratchSeries.Sound, ScratchSeries.Differs, ScratchSeries.Broken);
        var report = series.Review();
        series.Remove();
        return report;
    });

    [Fact]
    public void Of_AReview_AsksTheNetworkForNothing()
    {
        var page = ReviewHtml.Of(s_report.Value);

        Assert.StartsWith("<!doctype html>\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("src=", page);
        Assert.DoesNotContain("url(", page.Replace("url(#head)", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_AReview_HasARowForEachCommitAndASectionForEachWithFindings()
    {
        var root = Parse(ReviewHtml.Of(s_report.Value));
        var rows = root.Descendants("table").Single().Elements("tr").Skip(1);
        var headings = root.Descendants("h2").Select(h => h.Value.Split(' ')[0]);

        Assert.Equal(["mine/01", "mine/02", "mine/03"], rows.Select(r => r.Value.Trim().Split(' ', '\n')[0]));
        Assert.Equal(["mine/02", "mine/03", "What"], headings);
    }

    [Fact]
    public void Of_TextsWithMarkup_AreEscaped()
    {
        var page = ReviewHtml.Of(s_report.Value);

        Assert.DoesNotContain("<no>", page);
        Assert.Contains("&lt;no&gt; C", page);
        Assert.Contains("Commit 1 &lt;&amp;&gt; of", page);
    }

    [Fact]
    public void Of_EveryFinding_HasItsDetailReplayScenarioAndProgram()
    {
        var text = Parse(ReviewHtml.Of(s_report.Value)).Value;

        foreach (var finding in s_report.Value.Commits[1].Findings)
        {
            Assert.Contains(finding.Title, text);
            Assert.Contains(finding.Detail.TrimEnd('\n'), text);
            Assert.Contains(finding.Replay, text);
            Assert.Contains(finding.Program!.TrimEnd('\n'), text);
        }
    }

    [Fact]
    public void Write_Objects_ABoxForEachAndALineForEachHold()
    {
        PicturedObject[] objects = [new(1, "an IOAS", 2), new(2, "a paging hwpt", 3), new(3, "a device", 3)];
        var html = new HtmlText();
        ObjectSvg.Write(html, new ObjectPicture(objects, [new(1, 0), new(2, 1), new(2, 1)]));
        var svg = XElement.Parse(html.ToString());

        Assert.Equal(
            "1 an IOAS, users 2; 2 a paging hwpt, users 3, holds 1; 3 a device, users 3, holds 2 and 2",
            svg.Attribute("aria-label")!.Value
        );
        Assert.Equal(3, svg.Elements("rect").Count());
        Assert.Equal(2, svg.Elements("path").Count());
        Assert.Contains("2 times", svg.Elements("text").Select(t => t.Value));
        double[] tops = [.. svg.Elements("rect").Select(r => (double)r.Attribute("y")!)];
        Assert.True(tops[2] < tops[1] && tops[1] < tops[0], "a holder stands above what it holds");
    }

    [Fact]
    public void Write_ObjectsThatHoldEachOther_Ends()
    {
        var html = new HtmlText();
        ObjectSvg.Write(
            html,
            new ObjectPicture([new(1, "a device", 1), new(2, "a device", 1)], [new(0, 1), new(1, 0)])
        );
        Assert.Equal(2, XElement.Parse(html.ToString()).Elements("rect").Count());
    }

    /// <summary>The page is written so that a reader of XML reads it but for two elements without an end.</summary>
    private static XElement Parse(string page)
    {
        var body = page[page.IndexOf("<main ", StringComparison.Ordinal)..];
        return XElement.Parse(body[..(body.IndexOf("</main>", StringComparison.Ordinal) + "</main>".Length)]);
    }
}
