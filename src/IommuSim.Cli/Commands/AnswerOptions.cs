using System.CommandLine;
using IommuSim.Cli.Rendering;
using IommuSim.Cli.Rendering.Html;

namespace IommuSim.Cli.Commands;

/// <summary>How an answer is given: printed in a format, and as a page for a browser where one is asked for.</summary>
internal sealed class AnswerOptions
{
    public Option<string> Format { get; } = CommonOptions.Format();

    public Option<string> Html { get; } =
        new("--html")
        {
            Description = "also write the answer as one page for a browser, which needs no network",
            HelpName = "file",
        };

    public Format FormatOf(ParseResult parsed) => CommonOptions.FormatOf(parsed, Format);

    /// <summary>A shard prints what it did alone: a page of that would pass for the whole.</summary>
    public void RefuseHtml(ParseResult parsed)
    {
        if (parsed.GetValue(Html) is not null)
            throw new InputErrorException("--html is for an answer as a whole; leave it out, or --shard");
    }

    /// <exception cref="InputErrorException">The file for the browser cannot be written.</exception>
    public void Write(CommandContext context, ParseResult parsed, Func<Page> page, Func<string> json)
    {
        if (parsed.GetValue(Html) is { } file)
            OutputFile.Write(Html.Name, file, HtmlPage.Of(page(), TitleOf(parsed, file)));
        context.Write(FormatOf(parsed), page, json);
    }

    /// <summary>What was asked: the command's words without <c>--html</c> and its file.</summary>
    private string TitleOf(ParseResult parsed, string file)
    {
        var words = parsed.Tokens.Select(token => token.Value).Where(word => word != Html.Name && word != file);
        return string.Join(' ', words.Prepend("iommusim"));
    }
}
