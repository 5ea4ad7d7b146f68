using FsCheck;
using FsCheck.Fluent;

/// <summary>No program makes the kernel do what it should not.</summary>
public sealed class Replace
{
    [Fact]
    public void AnyProgram_OnAFixedKernel_FindsNothing() =>
        Check.QuickThrowOnFailure(
            Prop.ForAll(DrawnPrograms.On("linux-7.3/fixed"), program => program.Run().Finding is null)
        );

    /// <summary>The same on a kernel with a bug: a replace does not ask whether the device is attached.</summary>
    [Fact]
    public void AnyProgram_OnAKernelWithABug_IsRefutedByAFewCalls()
    {
        DrawnProgram? smallest = null;
        var property = Prop.ForAll(
            DrawnPrograms.On("bugs/A05-replace-unattached"),
            program =>
            {
                if (program.Run().Finding is null)
                    return true;
                smallest = program; // FsCheck goes from one that fails to a smaller one that fails
                return false;
            }
        );
        var config = Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(new Replay(new Rnd(1), null)); // a seed: 1
        Assert.ThrowsAny<Exception>(() => Check.One(config, property));

        Assert.InRange(smallest!.Length, 2, 6);
        Assert.Equal("I7: a replace succeeded for a device that is not attached", smallest.Run().Finding);
        Assert.Null(smallest.Run("linux-7.3/fixed").Finding);
        TestContext.Current.TestOutputHelper?.WriteLine(smallest.ToString());
    }
}
