using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>
/// A campaign of <c>review</c>: its items are the steps of the review. A step builds the kernels that it needs: its own
/// and the one before, and where it shows something those behind it, until a commit repairs all.
/// </summary>
internal sealed class ReviewCampaign : ICampaign, IDisposable
{
    /// <summary>As heads call it.</summary>
    public const string Name = "review";

    private const string SeriesKind = "series";
    private const string Confirmed = "confirm";

    private readonly ISeriesKernels _kernels;
    private readonly ReviewWork _work;

    /// <param name="kernels">Go with the campaign.</param>
    public ReviewCampaign(CommandContext context, ReviewWish wish, GitSeries series, ISeriesKernels kernels)
    {
        _kernels = kernels;
        using var watch = new SearchWatch(context, duration: null);
        _work = new ReviewWork(context, wish, series, kernels, what => watch.GoOn(_ => what));
        var budget = new SortedDictionary<string, long>(BudgetOf(wish.Depth), StringComparer.Ordinal)
        {
            [Confirmed] = wish.Confirm ? 1 : 0,
        };
        CampaignInput[] inputs =
        [
            new(SeriesKind, wish.Range, series.First),
            CampaignHashes.OfBuilt(SeriesKernels.NameOf(0), _work.First.Node, _work.First.Catalog),
            .. _work.Steps.Where(step => step.Commit is not null).Select(InputOf),
            .. _work
                .Scenarios.Select(scenario => scenario.Path)
                .Distinct(StringComparer.Ordinal)
                .Select(path => CampaignHashes.OfFile("scenario", path)),
        ];
        Head = new CampaignHead(Name, CampaignOptions.Tool, inputs, Seed: 1, budget, [], _work.Steps.Count);
    }

    public CampaignHead Head { get; }

    public string? Ended { get; private set; }

    public void Dispose() => _kernels.Dispose();

    public CampaignItem? Run(int item, IReadOnlySet<string> known, Func<bool> goOn)
    {
        var step = _work.Steps[item];
        _work.GoOn = _ => goOn();
        string[] notes = item == 0 ? [.. _work.Notes] : [];
        try
        {
            if (step.Commit is null)
                return ItemOf(item, step, new ReviewRecord(_work.Release, Alternatives: _work.Compare()), notes);
            var searched = _work.Search(step);
            foreach (var later in _work.Steps.Skip(item + 1).TakeWhile(_ => !searched.IsCut))
                _work.Ask(searched, later);
            if (searched.IsCut)
                return null;
            var entry = _work.AskLinux(searched.Result);
            return ItemOf(item, step, new ReviewRecord(_work.Release, entry), [.. notes, .. searched.Notes]);
        }
        catch (Exception ended) when (ReviewWork.WhyEnded(ended) is { } why)
        {
            Ended = $"the review ended at {_work.At}: {why}";
            return null;
        }
    }

    /// <summary>The report of a review that is whole: the one of a review that no shard has a part in.</summary>
    /// <param name="items">All of them, in their order.</param>
    public static ReviewReport ReportOf(CampaignHead head, IReadOnlyList<CampaignItem> items)
    {
        ReviewRecord[] records = [.. items.Select(RecordOf)];
        var series = head.Inputs.First(input => input.Kind == SeriesKind);
        return new ReviewReport(
            series.Name,
            series.Hash,
            records[0].Release,
            DepthOf(head),
            ReviewReport.Decided(records.Select(r => r.Entry).OfType<ReviewEntry>()),
            [.. items.SelectMany(item => item.Notes).Distinct(StringComparer.Ordinal)],
            IsCut: false
        )
        {
            Alternatives = records[^1].Alternatives,
        };
    }

    private static CampaignItem ItemOf(int item, ReviewStep step, ReviewRecord record, string[] notes) =>
        new(
            item,
            step.Name,
            CountsOf(record.Entry?.Searched?.Effort ?? new ReviewEffort()),
            [],
            record.Entry is { } entry
                ? [.. FindingsOf(entry).DistinctBy(f => f.Signature, StringComparer.Ordinal)]
                : [],
            notes,
            JsonSerializer.SerializeToElement(record, ReviewRecordJson.Lines.ReviewRecord)
        );

    private static ReviewRecord RecordOf(CampaignItem item)
    {
        try
        {
            if (item.Record?.Deserialize(ReviewRecordJson.Lines.ReviewRecord) is { } record)
                return record;
        }
        catch (JsonException)
        {
            // The same sentence for every way to be wrong.
        }

        throw new CampaignException($"item {item.Item}, {item.Name}, has no record of what was reviewed");
    }

    private static ReviewDepth DepthOf(CampaignHead head) =>
        ReviewDepth.All.FirstOrDefault(d => BudgetOf(d).All(b => head.Budget.GetValueOrDefault(b.Key) == b.Value))
        ?? throw new CampaignException("the budget is that of no depth of a review");

    /// <summary>What is a finding of the report too, unless an earlier commit has it already.</summary>
    private static IEnumerable<CampaignFinding> FindingsOf(ReviewEntry entry)
    {
        if (entry.Refused.Length > 0)
            yield return new CampaignFinding($"{entry.Name} is not reviewed", 1, "");
        if (entry.Errors.Count > 0)
            yield return new CampaignFinding($"{entry.Name} does not compile", 1, "");
        if (entry.Selftests is { Failing: { Count: > 0 } failing })
            yield return new CampaignFinding($"{entry.Name} fails selftests of Linux", failing.Count, "");
        foreach (var change in entry.Uapi.Where(change => change.Breaks))
            yield return new CampaignFinding(change.Text, 1, "");
        foreach (var finding in entry.Searched?.New ?? [])
            yield return new CampaignFinding(finding.Title, 1 + finding.More, finding.Replay);
    }

    private static CampaignInput InputOf(ReviewStep step) =>
        step.Variant is { } variant
            ? CampaignHashes.OfFile("patch", variant.File) with
            {
                Name = variant.Name,
            }
            : new CampaignInput("commit", step.Name, step.Commit!.Id);

    private static Dictionary<string, long> BudgetOf(ReviewDepth depth) =>
        new(StringComparer.Ordinal)
        {
            ["compared"] = depth.Compared,
            ["sequences"] = depth.Sequences,
            ["turns"] = depth.Turns,
        };

    private static SortedDictionary<string, long> CountsOf(ReviewEffort effort) =>
        new(StringComparer.Ordinal)
        {
            ["compared"] = effort.Compared,
            ["failures"] = effort.Failures,
            ["scenarios"] = effort.Scenarios,
            ["schedules"] = effort.Schedules,
            ["sequences"] = effort.Sequences,
            ["swept runs"] = effort.SweptRuns,
        };
}
