using FsCheck;
using FsCheck.Fluent;
using IommuSim.Testing;

namespace IommuSim.TestKit.Tests;

public sealed class DrawnProgramsTests
{
    private const int Programs = 300;
    private const string Buggy = "bugs/A05-replace-unattached";

    [Fact]
    public void On_FixedKernel_NothingIsFound() =>
        RandomRun.ForAll(
            DrawnPrograms.On("linux-7.3/fixed"),
            program => Assert.Null(program.Run().Finding),
            runs: Programs
        );

    [Fact]
    public void On_KernelWithABug_IsFoundAndShrinksToWhatItTakes()
    {
        var smallest = (DrawnProgram?)null;
        var failed = Assert.ThrowsAny<Exception>(() =>
            Check.One(
                Config.QuickThrowOnFailure.WithMaxTest(Programs).WithReplay(new Replay(new Rnd(1), null)),
                Prop.ForAll(
                    DrawnPrograms.On(Buggy),
                    program =>
                    {
                        var holds = program.Run().Finding is null;
                        if (!holds)
                            smallest = program;
                        return holds;
                    }
                )
            )
        );
        Assert.Contains("replace", failed.Message);
        Assert.NotNull(smallest);
        Assert.True(smallest.Length <= 5, $"{smallest}\n{smallest.Run()}");
        Assert.Contains("I7: a replace succeeded", smallest.Run().Finding);
        Assert.Null(smallest.Run("linux-7.3/fixed").Finding);
    }

    [Fact]
    public void Run_Twice_IsTheSame()
    {
        var generator = DrawnPrograms.On("linux-6.12").Generator;
        foreach (var program in generator.Sample(10, 20))
            Assert.Equal(program.Run().ToString(), program.Run().ToString());
    }
}
