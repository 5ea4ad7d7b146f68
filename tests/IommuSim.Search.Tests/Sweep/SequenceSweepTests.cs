using IommuSim.Machine;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Search.Tests.Properties;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Tests.Sweep;

/// <summary>A sweep counts points and looks at nothing twice: that changes no outcome.</summary>
public sealed class SequenceSweepTests
{
    private const ulong Sequences = 12;

    private static readonly DecisionKind[] s_kinds =
    [
        DecisionKind.Allocation,
        DecisionKind.DriverOp,
        DecisionKind.Copy,
    ];

    [Theory]
    [InlineData("linux-7.3/fixed")]
    [InlineData("linux-6.8")]
    [InlineData("bugs/A32-igroup-lock-leak")]
    public void Run_DrawnSequences_AsWithEveryRunMadeAndJudged(string kernel)
    {
        var target = Searched.Target(kernel);
        var fuzzer = new Fuzzer(target);
        for (ulong seed = 1; seed <= Sequences; seed++)
        {
            var sequence = fuzzer.DrawClean(seed);
            var sweep = new SequenceSweep(target);
            var found = sweep.Run(sequence);
            var (title, runs) = MakeAll(fuzzer.Executor, sequence);
            Assert.Equal(title, found?.Title);
            Assert.Equal(runs, sweep.Runs);
        }
    }

    private static (string? Title, long Runs) MakeAll(SequenceExecutor executor, CallSequence sequence)
    {
        long runs = 0;
        for (var step = 0; step < sequence.Calls.Length; step++)
        {
            var call = sequence.Calls[step];
            foreach (var kind in s_kinds)
            {
                if (call.InjectNth > 0 || (kind == DecisionKind.DriverOp && !IoctlTopics.Draws.MayRefuse(call)))
                    continue;
                for (var (nth, wasMet) = (1, true); wasMet; nth++)
                {
                    runs++;
                    var failing = call with { Injected = kind, InjectNth = nth };
                    var calls = sequence.Calls.SetItem(step, failing);
                    (var title, wasMet) = Make(executor, sequence with { Calls = calls }, step);
                    if (title is not null)
                        return (title, runs);
                }
            }
        }

        return (null, runs);
    }

    private static (string? Title, bool WasMet) Make(SequenceExecutor executor, CallSequence sequence, int step)
    {
        executor.Start(sequence.Devices);
        for (var i = 0; i < sequence.Calls.Length; i++)
        {
            var outcome = executor.Step(sequence.Calls[i]);
            if (outcome.Title is not null)
                return (outcome.Title, true);
            if (i == step && !outcome.Injected)
                return (null, false);
        }

        return (executor.Finish()?.Title, true);
    }
}
