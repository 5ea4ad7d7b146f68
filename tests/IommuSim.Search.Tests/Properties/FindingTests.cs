using System.Diagnostics;
using System.Globalization;
using IommuSim.Scenarios.Binding;
using IommuSim.Search.Findings;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>What is kept of a finding is no larger than it was and brings it back.</summary>
public sealed class FindingTests
{
    public static TheoryData<string> Kernels =>
        [
            "linux-7.3",
            "linux-6.8",
            "linux-6.7",
            "v1/08",
            "v1/12",
            "v1/smmuv3",
            "v4",
            "base",
            "bugs/A08-double-list-add",
        ];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Shrink_AnyFinding_KeepsTheTitleAndIsNoLonger(string kernel)
    {
        var target = Searched.Target(kernel);
        var fuzzer = new Fuzzer(target);
        var executor = Searched.Executor(target);
        foreach (var finding in Find(kernel))
        {
            var drawn = fuzzer.Run(SeedOf(finding));
            Assert.Equal(finding.Finding.Title, drawn.Title);
            Assert.Equal(finding.Finding.Title, executor.Run(drawn.Sequence)?.Title);
            Assert.Equal(finding.Finding.Title, executor.Run(finding.Sequence)?.Title);
            Assert.True(
                finding.Sequence.Calls.Length <= drawn.Sequence.Calls.Length
                    && finding.Sequence.Devices.Length <= drawn.Sequence.Devices.Length,
                $"{kernel}: {finding.Finding.Title} was shrunk from "
                    + $"{drawn.Sequence.Calls.Length} calls to {finding.Sequence.Calls.Length}"
            );
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Scenario_OfAnyFinding_LoadsAndMakesTheSameAnswersAndReports(string kernel)
    {
        var target = Searched.Target(kernel);
        foreach (var finding in Find(kernel))
        {
            var load = ScenarioSuite.LoadText("f.scenario", finding.Scenario, target.Catalog);
            Assert.True(load.Errors.Count == 0, $"{kernel}: {string.Concat(load.Errors)}\n{finding.Scenario}");
            var scenario = Assert.Single(load.Scenarios);
            var run = ScenarioVerdict.Run(scenario, target.Node, target.Catalog);
            Assert.True(run.Holds, $"{kernel}: {run.Failure}\n{finding.Scenario}");
            var title = finding.Finding.Title;
            Assert.True(
                !IsReport(title) || run.Steps.Any(s => s.Reports.Any(r => r.Title == title)),
                $"{kernel}: the scenario does not report {title}\n{finding.Scenario}"
            );
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Program_OfAnyFinding_CompilesWithoutWarnings(string kernel)
    {
        if (!HasCompiler())
            Assert.Skip("there is no gcc to compile the programs with");
        var folder = Directory.CreateTempSubdirectory("finding");
        try
        {
            foreach (var finding in Find(kernel).Take(3))
            {
                var file = Path.Combine(folder.FullName, finding.FileName + ".c");
                File.WriteAllText(file, finding.Program);
                var (code, errors) = Compile(file);
                Assert.True(code == 0, $"{kernel}: {errors}\n{finding.Program}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<FuzzFinding> Find(string kernel)
    {
        var findings = Searched.Campaign(kernel, new FuzzOptions(7, 100)).Findings;
        Assert.NotEmpty(findings);
        return findings;
    }

    /// <summary>Violations and wrong answers are judged by the searches alone.</summary>
    private static bool IsReport(string title) => !(title[0] == 'I' && char.IsAsciiDigit(title[1]));

    private static ulong SeedOf(FuzzFinding finding)
    {
        var words = finding.Finding.Replay.Split(' ');
        return ulong.Parse(words[words.IndexOf("--seed") + 1], CultureInfo.InvariantCulture);
    }

    private static bool HasCompiler() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "gcc")));

    private static (int Code, string Errors) Compile(string file)
    {
        string[] arguments = ["-Wall", "-Wextra", "-Werror", "-c", file, "-o", "/dev/null"];
        var start = new ProcessStartInfo("gcc", arguments) { RedirectStandardError = true, UseShellExecute = false };
        using var gcc = Process.Start(start)!;
        var errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        return (gcc.ExitCode, errors);
    }
}
