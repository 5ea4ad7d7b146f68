using System.Text;

namespace IommuSim.Cli.Tests;

public sealed class InternalErrorTests
{
    [Fact]
    public void Run_SimulatorIsWrong_OneSentenceAndExitSeventy()
    {
        var error = new StringWriter();
        var settings = new ConsoleSettings(80, Color: false, Progress: false, TimeProvider.System);

        var exit = CommandLine.Run(["kernels", "--format", "json"], new BrokenWriter(), error, settings);

        Assert.Equal(ExitCode.InternalError, exit);
        Assert.Equal(
            "iommusim: internal error (InvalidOperationException: broken); "
                + "please report it with this command line: iommusim kernels --format json\n",
            error.ToString()
        );
    }

    private sealed class BrokenWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(string? value) => throw new InvalidOperationException("broken\nby design");
    }
}
