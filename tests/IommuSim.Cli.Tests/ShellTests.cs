using System.Diagnostics;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>What real shells offer, and what man shows. A test of what is not there is skipped, and says so.</summary>
public sealed class ShellTests
{
    private const string Bash = "/bin/bash";

    [Theory]
    [InlineData("bash", "iommusim hu", "hunt")]
    [InlineData("bash", "iommusim run --form", "--format")]
    [InlineData("bash", "iommusim completion ", "bash", "fish", "pwsh", "zsh")]
    [InlineData("bash", "iommusim ioctls --kernel linux-7", "linux-7.0", "linux-7.3")]
    [InlineData("bash", "iommusim new ", "driver", "scenario")]
    [InlineData("bash", "iommusim explain EBUS", "EBUSY")]
    [InlineData("bash", "iommusim explain --ioctl IOMMU_HWPT_A", "IOMMU_HWPT_ALLOC")]
    [InlineData("zsh", "iommusim hu", "hunt")]
    [InlineData("zsh", "iommusim run --form", "--format")]
    [InlineData("zsh", "iommusim completion ", "bash", "fish", "pwsh", "zsh")]
    [InlineData("zsh", "iommusim ioctls --kernel linux-7", "linux-7.0", "linux-7.3")]
    public void Completion_InTheShell_OffersWhatCanStandThere(string shell, string line, params string[] offered)
    {
        Assert.SkipUnless(Has(shell), $"not run: there is no {shell}");
        var script = RepositoryRoot.Combine($"tests/shells/complete.{shell}");
        Assert.Equal(offered, Lines(script, line));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_Script_IsWellFormed(string shell)
    {
        Assert.SkipUnless(Has(shell), $"not run: there is no {shell}");
        var file = Path.GetTempFileName();
        File.WriteAllText(file, Cli.Run("completion", shell).Output);
        Assert.Empty(Lines(shell, "-n", file));
        File.Delete(file);
    }

    [Fact]
    public void Man_ReadByMan_ShowsEveryCommandAndExitStatus()
    {
        Assert.SkipUnless(Has("man"), "not run: there is no man");
        var file = Path.GetTempFileName();
        File.WriteAllText(file, Cli.Run("man").Output);
        var page = Lines("man", "--warnings", "-P", "cat", "-l", file);
        File.Delete(file);
        Assert.Contains(page, line => line.StartsWith("IOMMUSIM(1)", StringComparison.Ordinal));
        Assert.Contains("   iommusim review <BASE..HEAD>", page);
        Assert.Contains("   iommusim hunt", page);
        Assert.Contains("EXIT STATUS", page);
    }

    [Fact]
    public void Completion_OfAnotherShell_IsRefused()
    {
        var run = Cli.Run("completion", "ksh");
        Assert.Equal((ExitCode.BadInput, "iommusim: 'ksh': expected bash, zsh, fish or pwsh\n"), (run.Exit, run.Error));
    }

    private static bool Has(string program) => Start(Bash, "-c", $"command -v {program}").Exit == 0;

    /// <summary>The lines that the program prints; it must end well and say nothing else.</summary>
    private static string[] Lines(string program, params string[] arguments)
    {
        var (exit, output, error) = Start(program, arguments);
        Assert.Equal((0, ""), (exit, error));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static (int Exit, string Output, string Error) Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // The command is found as a user's shell finds it.
        start.Environment["PATH"] = AppContext.BaseDirectory + ":" + start.Environment["PATH"];
        start.Environment["MANWIDTH"] = "80";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
