using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Explanations;
using IommuSim.Search.Programs;

namespace IommuSim.Cli.Commands;

/// <summary>The checks of an ioctl for a reader.</summary>
internal static class ExplainPage
{
    public static Page Of(SearchTarget target, IoctlExplanation ioctl, Errno? only)
    {
        var page = new Page();
        if (ioctl.Support == Support.Stub)
            page.Text($"{target.Node} is built without {ioctl.Ioctl}: it checks the size, and returns EOPNOTSUPP.");
        else if (ioctl.Support == Support.NotModelled)
            page.Text($"{target.Node} does not model {ioctl.Ioctl}: only its size is checked, the rest is not known.");
        if (only is not { } errno)
        {
            page.Title($"Why {ioctl.Ioctl} fails on {target.Node}").Table(Table(ioctl.Checks));
            return Notes(page, ioctl, ioctl.Checks);
        }

        FailureCheck[] own = [.. ioctl.Checks.Where(c => c.Errno == errno)];
        if (own.Length == 0)
            return page.Text(NeverSeen(target, ioctl, errno));
        page.Title($"Why {ioctl.Ioctl} returns {errno} on {target.Node}").Table(Table(own));
        FailureCheck[] before = [.. ioctl.Checks.Where(c => own.Any(o => o.After.Contains(c.Number)))];
        if (before.Length > 0)
            page.Title("What was seen to be checked before one of these").Table(Short(before));
        return Notes(page, ioctl, [.. own, .. before]);
    }

    private static PageTable Table(IReadOnlyList<FailureCheck> checks)
    {
        var table = new PageTable("no", "errno", "when", "for example", "after", "not told from")
        {
            Prose = [2, 3, 4, 5],
        };
        foreach (var check in checks)
        {
            table.Add(
                $"{check.Number}",
                new Cell($"{check.Errno}", Tone.Refused),
                When(check),
                check.Example,
                Ranges(check.After),
                new Cell(Ranges(check.NotTold), Tone.Quiet)
            );
        }

        return table;
    }

    private static PageTable Short(IReadOnlyList<FailureCheck> checks)
    {
        var table = new PageTable("no", "errno", "when", "after") { Prose = [2, 3] };
        foreach (var check in checks)
            table.Add($"{check.Number}", new Cell($"{check.Errno}", Tone.Refused), When(check), Ranges(check.After));
        return table;
    }

    private static string When(FailureCheck check) => check.When + (check.Source == CheckSource.Seen ? " *" : "");

    private static Page Notes(Page page, IoctlExplanation ioctl, IReadOnlyList<FailureCheck> shown)
    {
        page.Text(
            "after: a call that both hold for returned the errno of that one. not told from: which of the two is looked at "
                + "first is not known: they have one errno, were not made at once, or calls differ."
        );
        if (shown.Any(c => c.Source == CheckSource.Seen))
            page.Text("*: seen, by a call that succeeds without it; the contract leaves the errno open.");
        if (shown.Any(c => c.Source == CheckSource.NotKnown))
            page.Text("not known: drawn calls returned it, and nothing that was tried tells what for.");
        return ioctl.NeverSeen.IsEmpty
            ? page
            : page.Text($"Documented of Linux 7.3 and never seen here: {string.Join(", ", ioctl.NeverSeen)}.");
    }

    private static string NeverSeen(SearchTarget target, IoctlExplanation ioctl, Errno errno) =>
        $"{ioctl.Ioctl} was never seen to return {errno} on {target.Node}"
        + (ioctl.NeverSeen.Contains(errno) ? ", though Linux 7.3 documents it" : "")
        + "; which does not prove that it cannot.";

    /// <summary><c>1-3, 7</c>.</summary>
    private static string Ranges(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (var i = 0; i < numbers.Count; i++)
        {
            var first = numbers[i];
            while (i + 1 < numbers.Count && numbers[i + 1] == numbers[i] + 1)
                i++;
            var text = first.ToString(CultureInfo.InvariantCulture);
            parts.Add(first == numbers[i] ? text : $"{text}-{numbers[i]}");
        }

        return parts.Count == 0 ? "-" : string.Join(", ", parts);
    }
}
