namespace IommuSim.Bridge.Tests;

/// <summary>Programs that state what they expect, on kernels that must answer so.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("linux-6.8", "descriptors", false)]
    [InlineData("linux-7.3", "descriptors", false)]
    [InlineData("linux-6.8", "descriptors", true)]
    [InlineData("linux-6.8", "forks", false)]
    [InlineData("linux-7.3", "forks", true)]
    [InlineData("linux-6.8", "threads", false)]
    [InlineData("linux-7.3", "threads", true)]
    [InlineData("linux-6.8", "pointers", false)]
    [InlineData("linux-7.3", "pointers", false)]
    [InlineData("linux-6.12", "faults", false)]
    [InlineData("linux-7.3", "faults", false)]
    [InlineData("linux-6.8", "fail_nth", true)]
    [InlineData("linux-7.3", "fail_nth", false)]
    [InlineData("v1/12", "nesting_v1", false)]
    [InlineData("linux-6.12", "numbers", false)]
    [InlineData("linux-7.3", "numbers", true)]
    [InlineData("linux-6.12", "copies", true)]
    [InlineData("linux-7.3", "copies", false)]
    [InlineData("linux-7.3", "signals", false)]
    [InlineData("linux-7.3", "limits", false)]
    [InlineData("linux-6.12", "memory", false)]
    [InlineData("linux-7.3", "memory", true)]
    [InlineData("linux-6.12", "huge", false)]
    [InlineData("linux-7.3", "huge", true)]
    [InlineData("linux-7.3", "bitmaps", true)]
    public void Exec_ProgramThatStatesItsAnswers_Holds(string kernel, string name, bool isStatic)
    {
        var program = CProgram.Compile(name, isStatic);

        var result = ExecCommand.Run("--kernel", kernel, "--", program);

        result.HoldsWithoutReports();
    }

    [Theory]
    [InlineData("linux-6.12")]
    [InlineData("linux-7.3")]
    public void Exec_LowHardLimitOfOpenFiles_ProgramIsToldWhenThereAreNoMore(string kernel)
    {
        var program = CProgram.Compile("numbers");

        var result = ExecCommand.RunBehind("ulimit -n 256", "--kernel", kernel, "--", program, "until it fails");

        result.HoldsWithoutReports();
    }

    [Theory]
    [InlineData("linux-6.12", "vectors", false)]
    [InlineData("linux-7.3", "vectors", true)]
    [InlineData("linux-6.12", "nodes", false)]
    [InlineData("linux-7.3", "nodes", true)]
    [InlineData("linux-6.12", "odd_places", false)]
    [InlineData("linux-7.3", "odd_places", true)]
    public void Exec_ProgramThatMakesTheQueuesOfAKernel_Holds(string kernel, string name, bool hasEvents)
    {
        var program = CProgram.Compile(name);

        var result = ExecCommand.Run([
            "--kernel",
            kernel,
            "--",
            program,
            .. hasEvents ? ["events"] : Array.Empty<string>(),
        ]);

        result.HoldsWithoutReports();
    }
}
