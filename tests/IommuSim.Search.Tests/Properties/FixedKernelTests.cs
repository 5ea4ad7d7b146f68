using FsCheck;
using FsCheck.Fluent;
using IommuSim.Kernels;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Testing;

namespace IommuSim.Search.Tests.Properties;

/// <summary>On a kernel with everything mended no sequence finds anything.</summary>
public sealed class FixedKernelTests
{
    private const int Sequences = 400;

    public static TheoryData<string> Kernels => [.. KernelTree.Fixed.Select(k => k.Name)];

    private static Arbitrary<ulong> Seeds => Arb.From(Gen.Choose(0, int.MaxValue).Select(seed => (ulong)seed));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_AnySequenceOnAFixedKernel_FindsNothing(string kernel)
    {
        var target = Searched.Target(kernel);
        var fuzzer = new Fuzzer(target);
        RandomRun.ForAll(
            Seeds,
            seed =>
            {
                var run = fuzzer.Run(seed);
                if (run.Title is { } title)
                    Assert.Fail(Explain(target, seed, title, run));
            },
            Sequences
        );
        Assert.True(
            fuzzer.States.Count > Sequences,
            $"{kernel}: {Sequences} sequences saw {fuzzer.States.Count} states only"
        );
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_AnySequenceOnAFixedKernel_LeavesNothingAllocated(string kernel)
    {
        var target = Searched.Target(kernel);
        var fuzzer = new Fuzzer(target);
        RandomRun.ForAll(
            Seeds,
            seed =>
            {
                var run = fuzzer.Run(seed);
                var left = AllocatedBeyondDevices(fuzzer.Executor.Machine);
                if (left != 0)
                    Assert.Fail(
                        $"{kernel}, sequence {seed}: {left} objects are left of "
                            + $"{run.Sequence.Devices.Length} devices' use"
                    );
            },
            Sequences / 4
        );
    }

    /// <summary>
    /// Live objects that a machine with the same devices does not have from the start. The blocking
    /// domain of a group is made at the first claim and stays.
    /// </summary>
    private static int AllocatedBeyondDevices(SequenceMachine machine)
    {
        var blocked = machine
            .Kernel.Devices.Select(d => d.Group)
            .Distinct()
            .Count(g => g.BlockingDomain is { IsStatic: false });
        var fresh = machine.Target.Boot();
        return machine.Kernel.Machine.Heap.LiveCount - blocked - fresh.Machine.Heap.LiveCount;
    }

    private static string Explain(SearchTarget target, ulong seed, string title, FuzzRun run)
    {
        var executor = Searched.Executor(target);
        var shrunk = Shrinker.Shrink(run.Sequence, title, s => executor.Run(s)?.Title);
        return $"{target.Node.Name}, sequence {seed} finds: {title}\n{run.Detail}\n" + Searched.Steps(shrunk);
    }
}
