using System.Globalization;

namespace IommuSim.Bridge.Tests;

/// <summary>How a program ends is how the command ends.</summary>
public sealed class EndTests
{
    private const int Sigint = 2;
    private const int Sigterm = 15;

    [Theory]
    [InlineData("status", 0, 0)]
    [InlineData("status", 77, 77)]
    [InlineData("status", 2, 2)]
    [InlineData("signal", 6, 128 + 6)]
    [InlineData("signal", 9, 128 + 9)]
    [InlineData("signal", 11, 128 + 11)]
    [InlineData("signal", 13, 128 + 13)]
    public void Exec_ProgramEnds_EndsAlike(string how, int number, int expected)
    {
        var program = CProgram.Compile("ends");

        var result = ExecCommand.Run("--", program, how, number.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(expected, result.Status);
        Assert.Contains("1 open, 1 ioctl, 0 reports", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sigint)]
    [InlineData(Sigterm)]
    public void Exec_SignalToTheCommand_ReachesTheProgram(int signal)
    {
        // A command that is started so leaves the signal ignored, as it should, and waits for ever.
        Assert.SkipWhen(IsIgnored(signal), $"signal {signal} is ignored here, as nohup and '&' do");
        var program = CProgram.Compile("ends");
        using var process = ExecCommand.Start("--", program);
        if (process.StandardOutput.ReadLine() is null)
        {
            ExecCommand.Finish(process);
            Assert.Fail("the program did not start");
        }

        Assert.Equal(0, Native.Kill(process.Id, signal));
        var result = ExecCommand.Finish(process);

        Assert.Equal(128 + signal, result.Status);
        Assert.Contains("1 open, 1 ioctl, 0 reports", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Exec_CallThatOopses_KillsTheProgram()
    {
        var program = CProgram.Compile("oops");

        var result = ExecCommand.Run("--kernel", "v1/08", "--", program);

        Assert.Equal(128 + Native.Sigkill, result.Status);
        Assert.Contains(
            "BUG: unable to handle page fault in iommufd_device_get_hw_info\n",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("never closed", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no program 'no-such-program'", "no-such-program")]
    [InlineData("there is no program '/dev/null'", "/dev/null")]
    public void Exec_NoSuchProgram_OneSentence(string sentence, string program)
    {
        var result = ExecCommand.Run("--", program);

        Assert.Equal(2, result.Status);
        Assert.Equal($"iommusim: {sentence}\n", result.Error);
    }

    [Fact]
    public void Exec_FileThatIsNoProgram_OneSentence()
    {
        // A copy keeps the right to be executed, and loses what the host knows it by.
        var file = Path.Combine(AppContext.BaseDirectory, "no-program");
        File.Copy(CProgram.Compile("ends"), file, overwrite: true);
        using (var writer = File.OpenWrite(file))
            writer.Write("other"u8);

        var result = ExecCommand.Run("--", file);

        Assert.Equal(2, result.Status);
        Assert.Equal($"iommusim: cannot execute '{file}': Exec format error\n", result.Error);
    }

    private static bool IsIgnored(int signal)
    {
        const string Row = "SigIgn:";
        var ignored = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Row, StringComparison.Ordinal));
        var set = ulong.Parse(ignored.AsSpan(Row.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return ((set >> (signal - 1)) & 1) != 0;
    }
}
