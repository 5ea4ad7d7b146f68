using System.Collections.Immutable;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Explanations;

/// <summary>The checks of one ioctl, and which of two comes first where a call can fail both.</summary>
internal sealed class CheckOrder(SequenceExecutor executor, IoctlPlan plan)
{
    /// <summary>Changes of one call that stand for a check in pairs with others.</summary>
    private const int MostOfOne = 3;

    /// <summary>Values that an example names.</summary>
    private const int MostExamples = 2;

    private readonly List<Cause> _causes = [];

    /// <summary>Which of two came first; null where calls differ in that.</summary>
    private readonly Dictionary<(Cause One, Cause Other), Cause?> _first = [];

    /// <summary>
    /// Makes the call with everything wrong in turn, and then with two things wrong. What a call that fails as it is
    /// returns anyway is no news.
    /// </summary>
    public void Ask(CallShape shape)
    {
        if (shape.Run(executor) is not { Result.Errno: var usual })
            return;
        var made = new List<(Cause Cause, CallChange Change)>();
        foreach (var change in CallChange.Of(shape.Call, plan))
        {
            if (shape.Run(executor, change) is not { Result.Succeeded: false } outcome)
                continue;
            if (outcome.Result.Errno == usual)
                continue;
            var cause = CauseOf(outcome, change);
            if (!cause.Examples.Contains(change.ToString()) && cause.Examples.Count < MostExamples)
                cause.Examples.Add(change.ToString());
            if (made.Count(m => m.Cause == cause) < MostOfOne)
                made.Add((cause, change));
        }

        for (var i = 0; i < made.Count; i++)
        {
            for (var k = i + 1; k < made.Count; k++)
                Compare(shape, made[i], made[k]);
        }
    }

    /// <summary>A failure of drawn calls, which may have had more than one reason.</summary>
    /// <param name="why">The rule of the contract, or null.</param>
    public void AddSeen(Errno errno, string? why)
    {
        if (why is not null && !_causes.Exists(c => c.Errno == errno && c.Why == why))
            _causes.Add(new Cause(errno, why, why, CheckSource.Contract));
        else if (why is null && !_causes.Exists(c => c.Errno == errno))
            _causes.Add(new Cause(errno, null, "not known", CheckSource.NotKnown));
    }

    /// <summary>Every check, those first that were seen to come first.</summary>
    public ImmutableArray<FailureCheck> Checks()
    {
        var sorted = Sorted();
        return [.. sorted.Select((cause, at) => Describe(cause, at, sorted))];
    }

    private Cause CauseOf(in StepOutcome outcome, CallChange change)
    {
        var errno = outcome.Result.Errno;
        var stated = executor.ReasonOf(outcome);
        var why = stated ?? executor.ReasonToFail;
        // What the contract does not say of this errno alone is told apart by what was changed.
        var apart =
            executor.IsDecided(errno) ? why!
            : why is null ? change.Reason
            : $"{why} ({change.Subject})";
        if (_causes.Find(c => c.Errno == errno && c.Words == apart) is { } known)
            return known;
        var source = stated is null ? CheckSource.Seen : CheckSource.Contract;
        var cause = new Cause(errno, why, apart, source);
        _causes.Add(cause);
        return cause;
    }

    /// <summary>
    /// The errno of a call with both says which is looked at first, but where a third reason has come up by it.
    /// </summary>
    private void Compare(CallShape shape, (Cause Cause, CallChange Change) one, (Cause Cause, CallChange Change) other)
    {
        if (one.Cause.Errno == other.Cause.Errno || !one.Change.GoesWith(other.Change))
            return;
        if (shape.Run(executor, one.Change, other.Change) is not { Result.Succeeded: false } outcome)
            return;
        var errno = outcome.Result.Errno;
        var first =
            errno == one.Cause.Errno ? one.Cause
            : errno == other.Cause.Errno ? other.Cause
            : null;
        if (first is null || (executor.IsDecided(errno) && executor.ReasonOf(outcome) != first.Why))
            return;
        var pair = KeyOf(one.Cause, other.Cause);
        _first[pair] = _first.TryGetValue(pair, out var before) && before != first ? null : first;
    }

    private (Cause, Cause) KeyOf(Cause one, Cause other) =>
        _causes.IndexOf(one) < _causes.IndexOf(other) ? (one, other) : (other, one);

    private bool ComesFirst(Cause one, Cause other) => _first.GetValueOrDefault(KeyOf(one, other)) == one;

    /// <summary>
    /// Checks that come before each other in a circle stand for calls that look in different orders: of these nothing
    /// is told.
    /// </summary>
    private void DropCircles()
    {
        var reach = new HashSet<(Cause, Cause)>();
        foreach (var from in _causes)
        {
            var next = new Stack<Cause>([from]);
            while (next.TryPop(out var at))
            {
                foreach (var to in _causes)
                {
                    if (ComesFirst(at, to) && reach.Add((from, to)))
                        next.Push(to);
                }
            }
        }

        foreach (var (one, other) in _first.Keys.ToArray())
        {
            if (reach.Contains((one, other)) && reach.Contains((other, one)))
                _first[(one, other)] = null;
        }
    }

    /// <summary>Each behind those that were seen before it; what nothing decides stays as it was found.</summary>
    private List<Cause> Sorted()
    {
        DropCircles();
        var left = new List<Cause>(_causes);
        var sorted = new List<Cause>();
        while (left.Count > 0)
        {
            var next = left.First(cause => !left.Exists(other => other != cause && ComesFirst(other, cause)));
            left.Remove(next);
            sorted.Add(next);
        }

        return sorted;
    }

    private FailureCheck Describe(Cause cause, int at, List<Cause> sorted)
    {
        var after = new List<int>();
        var open = new List<int>();
        for (var i = 0; i < sorted.Count; i++)
        {
            if (i == at)
                continue;
            if (ComesFirst(sorted[i], cause))
                after.Add(i + 1);
            else if (!ComesFirst(cause, sorted[i]))
                open.Add(i + 1);
        }

        return new FailureCheck(
            at + 1,
            cause.Errno,
            cause.Words,
            cause.Source,
            string.Join(", ", cause.Examples),
            [.. after],
            [.. open]
        );
    }

    /// <summary>A reason for a failure: the contract's, or else what was changed.</summary>
    private sealed class Cause(Errno errno, string? why, string words, CheckSource source)
    {
        public Errno Errno => errno;

        public string? Why => why;

        public string Words => words;

        /// <summary>Changes that make a call that succeeds fail so.</summary>
        public List<string> Examples { get; } = [];

        public CheckSource Source => source;
    }
}
