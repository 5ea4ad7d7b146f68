using System.CommandLine;
using System.Globalization;
using System.Text;

namespace IommuSim.Cli.Rendering;

/// <summary>A manual page of section 1, in the macros of man(7).</summary>
internal static class ManPage
{
    public static string Of(Command root, IReadOnlyList<(int Status, string Meaning)> statuses)
    {
        var page = new StringBuilder();
        page.Append(".TH IOMMUSIM 1\n.SH NAME\niommusim \\- ")
            .Append(Text(FirstWordLow(root.Description)))
            .Append('\n');
        page.Append(".SH SYNOPSIS\n.B iommusim\n.I command\n.RI [ options ]\n.SH COMMANDS\n");
        foreach (var command in root.Subcommands.Where(c => !c.Hidden))
            Add(page, command);
        page.Append(".SH EXIT STATUS\n");
        foreach (var (status, meaning) in statuses)
            page.Append(CultureInfo.InvariantCulture, $".TP\n.B {status}\n{Text(meaning)}\n");
        return page.ToString();
    }

    private static void Add(StringBuilder page, Command command)
    {
        page.Append($".SS {Text($"iommusim {command.Name}")}");
        foreach (var argument in command.Arguments)
        {
            var name = argument.HelpName ?? argument.Name;
            page.Append(Text(argument.Arity.MinimumNumberOfValues == 0 ? $" [{name}]" : $" <{name}>"));
        }

        page.Append('\n').Append(Text(command.Description)).Append('\n');
        foreach (var argument in command.Arguments)
            page.Append($".TP\n.I {Text(argument.HelpName ?? argument.Name)}\n{Text(argument.Description)}\n");
        foreach (var option in command.Options.Where(o => !o.Hidden))
        {
            page.Append($".TP\n.BR {Text(option.Name)}");
            if (option.HelpName is { } value)
                page.Append($" \" \" \\fI{Text(value).Replace(" ", "\\ ", StringComparison.Ordinal)}\\fR");
            page.Append('\n').Append(Text(option.Description)).Append('\n');
        }
    }

    /// <summary>A description goes on behind the name and a dash.</summary>
    private static string FirstWordLow(string? text) =>
        string.IsNullOrEmpty(text) ? "" : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');

    /// <summary>With what roff would read as its own escaped, so that a reader can copy it.</summary>
    private static string Text(string? text)
    {
        var escaped = (text ?? "")
            .ReplaceLineEndings(" ")
            .Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? "\\&" + escaped : escaped;
    }
}
