using FsCheck;
using FsCheck.Fluent;
using IommuSim.Iommu.Syscalls;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.TestKit;

/// <summary>Programs for FsCheck, drawn as <c>iommusim fuzz</c> draws them.</summary>
public static class DrawnPrograms
{
    /// <summary>
    /// Programs of 5 calls and more for a kernel: devices of its drivers, every ioctl that it has, ids that earlier
    /// calls returned and others, memory that faults, allocations that fail. FsCheck's seed decides which; they shrink
    /// to fewer calls and simpler ones.
    /// </summary>
    /// <param name="kernel">As for <see cref="SimulatedKernel.Boot"/>.</param>
    /// <exception cref="ArgumentException">There is no such kernel; one sentence.</exception>
    public static Arbitrary<DrawnProgram> On(string kernel)
    {
        var player = ProgramPlayer.Of(kernel);
        var drawn = Gen.Choose(0, int.MaxValue).Select(seed => player.Draw((ulong)seed));
        return Arb.From(drawn, program => program.Smaller());
    }
}

/// <summary>A program that was drawn, without a kernel of its own. It does the same in each run.</summary>
public sealed class DrawnProgram
{
    private readonly ProgramPlayer _player;
    private readonly CallSequence _sequence;

    internal DrawnProgram(ProgramPlayer player, CallSequence sequence)
    {
        _player = player;
        _sequence = sequence;
    }

    /// <summary>How many calls it makes.</summary>
    public int Length => _sequence.Calls.Length;

    /// <summary>Runs it on the kernel for which it was drawn.</summary>
    public ProgramRun Run() => _player.Run(_sequence);

    /// <summary>Runs it on another kernel. A call that the kernel's table does not have is not made.</summary>
    /// <param name="kernel">As for <see cref="SimulatedKernel.Boot"/>.</param>
    /// <exception cref="ArgumentException">There is no such kernel; one sentence.</exception>
    public ProgramRun Run(string kernel) => ProgramPlayer.Of(kernel).Run(_sequence);

    /// <summary>The program as a scenario, which <c>iommusim run --trace</c> makes again.</summary>
    public override string ToString() =>
        ScenarioWriter.Write(_player.Target, _sequence, "drawn", "a drawn program", "FsCheck", []);

    internal IEnumerable<DrawnProgram> Smaller() =>
        Shrinker.Smaller(_sequence).Select(sequence => new DrawnProgram(_player, sequence));
}

/// <summary>What became of a program.</summary>
/// <param name="Calls">Its calls, up to the one with the finding.</param>
/// <param name="Finding">
/// The title of what is wrong, null for nothing: a report of the kernel's checkers, an errno or an output that the
/// ioctl's documentation does not allow, an object that is left, a broken invariant.
/// </param>
/// <param name="Detail">More of it, for a reader.</param>
public sealed record ProgramRun(IReadOnlyList<CallOutcome> Calls, string? Finding, string Detail)
{
    /// <inheritdoc />
    public override string ToString() =>
        string.Join('\n', Calls.Select(c => $"{c.Call}: {c.Result}").Append(Finding ?? "nothing found"));
}

/// <summary>One call of a program.</summary>
/// <param name="Call">The C name of an ioctl, or <c>bind</c>, <c>attach</c> and so on.</param>
/// <param name="Result">Null where it was not made: what it needs did not come to be.</param>
public readonly record struct CallOutcome(string Call, SyscallResult? Result);

/// <summary>Draws programs for one kernel and runs them, one at a time.</summary>
internal sealed class ProgramPlayer
{
    private readonly Fuzzer _fuzzer;

    private ProgramPlayer(SearchTarget target)
    {
        Target = target;
        _fuzzer = new Fuzzer(target) { CountsStates = false };
    }

    public SearchTarget Target { get; }

    public static ProgramPlayer Of(string kernel) => new(ChosenKernel.Of(kernel, []).Target());

    public DrawnProgram Draw(ulong seed)
    {
        lock (_fuzzer)
            return new DrawnProgram(this, _fuzzer.Draw(seed));
    }

    public ProgramRun Run(CallSequence sequence)
    {
        lock (_fuzzer)
        {
            var executor = _fuzzer.Executor;
            var calls = new List<CallOutcome>();
            if (!executor.Start(sequence.Devices, sequence.LockedPages))
                return new ProgramRun(calls, null, "the kernel refuses a device");
            foreach (var call in sequence.Calls)
            {
                var outcome = executor.Step(call);
                calls.Add(new CallOutcome(call.Name, outcome.Made ? outcome.Result : null));
                if (outcome.Title is { } title)
                    return new ProgramRun(calls, title, outcome.Detail);
            }

            var last = executor.Finish();
            return new ProgramRun(calls, last?.Title, last?.Detail ?? "");
        }
    }
}
