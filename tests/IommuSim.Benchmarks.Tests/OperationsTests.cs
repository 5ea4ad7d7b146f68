using IommuSim.Benchmarks.EndToEnd;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.Tests;

/// <summary>What is measured does what its name says, and leaves the kernel as it was.</summary>
public sealed class OperationsTests
{
    private const int Runs = 3;

    private static readonly string[] s_refused = ["HwptAllocRefused", "HwptAllocUnknownType"];

    [Theory]
    [InlineData("base", 5)]
    [InlineData("v1/08", 2)]
    [InlineData("v1/smmuv3", 8)]
    [InlineData("idea/bit-ull", 2)]
    [InlineData("idea/iommufd-data", 9)]
    [InlineData("v2", 8)]
    [InlineData("v3", 9)]
    [InlineData("v4", 11)]
    [InlineData("linux-6.8", 11)]
    [InlineData("linux-7.3", 14)]
    public void Run_ThreeTimes_AnswersTheSameAndLeavesNothing(string kernel, int operations)
    {
        var made = 0;
        foreach (var name in Operations.Names)
        {
            var bench = new Workbench(kernel);
            if (Operations.Make(bench, name) is not { } operation)
                continue;
            made++;
            var before = Counts(bench);

            for (var i = 0; i < Runs; i++)
                Assert.True(operation.Run(), name);

            Assert.Equal(before, Counts(bench));
            Assert.Equal(s_refused.Contains(name), operation.Answer != Errno.OK);
            bench.Program.AssertNoReports();
        }

        Assert.Equal(operations, made);
    }

    [Theory]
    [InlineData("GetHwInfo", Errno.OK)]
    [InlineData("HwptAllocRefused", Errno.EINVAL)]
    [InlineData("HwptAllocUnknownType", Errno.EOPNOTSUPP)]
    [InlineData("HwptAllocDestroy", Errno.OK)]
    [InlineData("Invalidate256", Errno.OK)]
    public void Answer_OnLinux68_IsTheOneNamed(string name, Errno answer) =>
        Assert.Equal(answer, Operations.Make(new Workbench("linux-6.8"), name)!.Answer);

    [Fact]
    public void Replace_Once_MovesThereAndBack()
    {
        var bench = new Workbench("linux-6.8");
        var operation = Operations.Make(bench, "Replace")!;
        var group = Assert.Single(bench.Program.Context.Groups.Values, g => g.Hwpt!.Id == bench.Parent);

        Assert.True(operation.Run());

        Assert.Equal(bench.Parent, group.Hwpt!.Id);
        Assert.Equal(2, operation.Repeats);
    }

    private static (int Heap, int Objects) Counts(Workbench bench) =>
        (bench.Program.Machine.Heap.LiveCount, bench.Program.Context.Objects.Count);
}
