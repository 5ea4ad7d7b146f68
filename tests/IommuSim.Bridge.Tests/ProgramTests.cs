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
    public void Exec_ProgramThatStatesItsAnswers_Holds(string kernel, string name, bool isStatic)
    {
        var program = CProgram.Compile(name, isStatic);

        var result = ExecCommand.Run("--kernel", kernel, "--", program);

        result.HoldsWithoutReports();
    }
}
