using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace IommuSim.Cli.Rendering.Html;

/// <summary>Writes elements; every text and every attribute is escaped.</summary>
internal sealed partial class HtmlText
{
    private readonly StringBuilder _text = new();

    /// <summary>An element with what <paramref name="inside"/> writes.</summary>
    /// <param name="attributes">Names and values in turn.</param>
    public HtmlText Element(string name, Action inside, params ReadOnlySpan<string> attributes)
    {
        Open(name, attributes);
        inside();
        _text.Append("</").Append(name).Append(">\n");
        return this;
    }

    /// <summary>Lines as they are. Long ones are broken, but not in a diagram, which would lose its columns.</summary>
    public HtmlText Block(string text) =>
        text.Contains("CPU0 (", StringComparison.Ordinal)
            ? Element("pre", text)
            : Element("pre", text, "class", "wrap");

    /// <summary>An element with a text.</summary>
    public HtmlText Element(string name, string text, params ReadOnlySpan<string> attributes)
    {
        Open(name, attributes);
        Text(text);
        _text.Append("</").Append(name).Append(">\n");
        return this;
    }

    /// <summary>An element with sentences, in which no option of a command is broken at its hyphens.</summary>
    public HtmlText Prose(string name, string text, params ReadOnlySpan<string> attributes)
    {
        Open(name, attributes);
        _text.Append(OptionWord().Replace(Escape(text), "<span class=\"option\">$0</span>"));
        _text.Append("</").Append(name).Append(">\n");
        return this;
    }

    /// <summary>An element that has no end.</summary>
    public HtmlText Void(string name, params ReadOnlySpan<string> attributes)
    {
        Open(name, attributes);
        _text.Append('\n');
        return this;
    }

    public HtmlText Text(string text)
    {
        _text.Append(Escape(text));
        return this;
    }

    /// <summary>A style sheet, in which nothing is escaped: it is ours.</summary>
    public HtmlText Style(string css)
    {
        _text.Append("<style>\n").Append(css).Append("</style>\n");
        return this;
    }

    /// <summary>A number as an attribute has it.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    public override string ToString() => _text.ToString();

    private void Open(string name, ReadOnlySpan<string> attributes)
    {
        _text.Append('<').Append(name);
        for (var i = 0; i < attributes.Length; i += 2)
            _text.Append(' ').Append(attributes[i]).Append("=\"").Append(Escape(attributes[i + 1])).Append('"');
        _text.Append('>');
    }

    /// <summary>Control characters, which a page cannot have, become question marks.</summary>
    private static string Escape(string text)
    {
        var clean = text.Any(IsForbidden) ? string.Concat(text.Select(c => IsForbidden(c) ? '?' : c)) : text;
        return WebUtility.HtmlEncode(clean);
    }

    [GeneratedRegex("--[a-z][a-z-]*", RegexOptions.None, 1000)]
    private static partial Regex OptionWord();

    private static bool IsForbidden(char c) => char.IsControl(c) && c is not ('\n' or '\t' or '\r');
}
