namespace IommuSim.Cli.Tests;

/// <summary>Every wrong command line: exit status 2, one sentence, and what was meant.</summary>
public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("", "no command given; 'iommusim --help' lists them")]
    [InlineData("rnu scenarios", "there is no command 'rnu'; did you mean 'run'?")]
    [InlineData("xyzzy", "there is no command 'xyzzy'; --help lists them")]
    [InlineData("run", "'run' needs <file or folder>; 'iommusim run --help' tells more")]
    [InlineData("run x --fromat json", "'run' has no option '--fromat'; did you mean '--format'?")]
    [InlineData("run x --trcae", "'run' has no option '--trcae'; did you mean '--trace'?")]
    [InlineData("--halp", "iommusim has no option '--halp'; did you mean '--help'?")]
    [InlineData("kernels v1/08", "'kernels' takes no argument 'v1/08'; 'iommusim kernels --help' tells more")]
    [InlineData("kernels --format", "--format needs a value: text, json or markdown")]
    [InlineData("kernels --format xml", "--format 'xml': expected text, json or markdown")]
    [InlineData("kernels --format json --format text", "--format may be given only once")]
    [InlineData("show", "'show' needs <name>; 'iommusim show --help' tells more")]
    [InlineData("confirm --tree .", "'confirm' needs <file or folder>; 'iommusim confirm --help' tells more")]
    [InlineData("confirm none.c --tree .", "there is no file 'none.c'")]
    [InlineData(
        "confirm README.md --tree .",
        "'README.md' is no finding: expected a .c or .scenario file that --out wrote"
    )]
    [InlineData("play none --kernel linux-7.3", "there is no file 'none'")]
    [InlineData("play scenarios --kernel linux-7.3", "there is no file 'runs-*.txt' in 'scenarios'")]
    [InlineData("record . --tree . --client none.c", "there is no file 'none.c'")]
    [InlineData("show v1/8", "there is no kernel, driver, ioctl or scenario 'v1/8'; did you mean 'v1/08'?")]
    [InlineData("drivers --kernel v1/8", "there is no kernel 'v1/8'; did you mean 'v1/08'?")]
    [InlineData("show 7.3", "there is no kernel, driver, ioctl or scenario '7.3'; did you mean 'linux-7.3'?")]
    [InlineData("show v7.3.4", "there is no kernel, driver, ioctl or scenario 'v7.3.4'; did you mean 'linux-7.3'?")]
    [InlineData(
        "ioctls --kernel linux-7.1",
        "there is no kernel 'linux-7.1'; the releases beside it are 'linux-7.0' and 'linux-7.3'"
    )]
    [InlineData("ioctls --kernel 9.2", "there is no kernel '9.2'; did you mean 'linux-7.3'?")]
    [InlineData("ioctls --kernel nonsense", "there is no kernel 'nonsense'; 'iommusim kernels' lists them")]
    [InlineData(
        "compare --kernel v1/08,gcc",
        "'gcc' in 'v1/08,gcc' is no build switch: expected KEY=VALUE, for example gcc=O0"
    )]
    [InlineData("compare --kernel v1/08,gcc=O3", "'O3' is no value of gcc; expected O2 or O0")]
    [InlineData(
        "run scenarios --format xml",
        "--format 'xml': expected text, json, markdown, ktap, junit, sarif or github"
    )]
    [InlineData(
        "run scenarios --format 3",
        "--format '3': expected text, json, markdown, ktap, junit, sarif or github"
    )]
    [InlineData("explore scenarios --format junit", "--format 'junit': expected text, json or markdown")]
    [InlineData("compare --driver mok", "there is no driver 'mok'; did you mean 'mock'?")]
    [InlineData(
        "compare --type VTD_S2",
        "'VTD_S2' is no hwpt type: expected a number of 32 bits, or a name; did you mean 'VTD_S1'?"
    )]
    [InlineData(
        "fuzz --kernel linux-7.3 --against linux-6.12 --reach",
        "--reach counts the calls of one kernel; leave out --against"
    )]
    public void Run_WrongCommandLine_OneSentenceAndExitTwo(string commandLine, string sentence)
    {
        var result = Cli.Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal($"iommusim: {sentence}\n", result.Error);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Equal("", result.Output);
    }

    /// <summary>Of what is at hand: <c>new</c>, <c>explain</c>, and <c>show</c> of an ioctl of one kernel.</summary>
    [Theory]
    [InlineData("new", "'new' needs <scenario|driver>; 'iommusim new --help' tells more")]
    [InlineData("new scenario", "'new' needs <name>; 'iommusim new --help' tells more")]
    [InlineData("new senario x", "'senario': expected scenario or driver")]
    [InlineData(
        "new scenario a/b",
        "'a/b' is no name: expected a letter, then letters, digits, '-' and '_', as in 'my-question'"
    )]
    [InlineData("new scenario x --kernel 7.3", "there is no kernel '7.3'; did you mean 'linux-7.3'?")]
    [InlineData("new driver mock", "there is a driver 'mock' already; give another name")]
    [InlineData(
        "new driver x --kernel linux-7.3",
        "--kernel is for a scenario; a driver is in every kernel, so leave it out"
    )]
    [InlineData("show --kernel 7.3 IOMMU_DESTROY", "there is no kernel '7.3'; did you mean 'linux-7.3'?")]
    [InlineData(
        "show --kernel linux-7.3 IOMMU_DESTORY",
        "there is no ioctl 'IOMMU_DESTORY' in linux-7.3; did you mean 'IOMMU_DESTROY'?"
    )]
    [InlineData(
        "show --kernel linux-6.12 IOMMU_VIOMMU_ALLOC",
        "linux-6.12 has no IOMMU_VIOMMU_ALLOC; these have: linux-6.15 to linux-7.3"
    )]
    [InlineData("show --kernel linux-7.3 mock", "--kernel is for an ioctl, and 'mock' is none; leave it out")]
    [InlineData(
        "explain EBUSY",
        "'explain' needs --ioctl IOCTL; --format json alone tells of every ioctl of the kernel"
    )]
    [InlineData("explain EBUSSY --ioctl IOMMU_DESTROY", "there is no errno 'EBUSSY'; did you mean 'EBUSY'?")]
    [InlineData(
        "explain --ioctl IOMMU_DESTORY",
        "there is no ioctl 'IOMMU_DESTORY' in linux-7.3; did you mean 'IOMMU_DESTROY'?"
    )]
    [InlineData(
        "explain --ioctl IOMMU_VIOMMU_ALLOC --kernel linux-6.12",
        "linux-6.12 has no IOMMU_VIOMMU_ALLOC; these have: linux-6.15 to linux-7.3"
    )]
    [InlineData("explain --ioctl IOMMU_DESTROY --kernel 9.2", "there is no kernel '9.2'; did you mean 'linux-7.3'?")]
    public void Run_WrongWordsAtHand_OneSentenceAndExitTwo(string commandLine, string sentence) =>
        Run_WrongCommandLine_OneSentenceAndExitTwo(commandLine, sentence);

    [Theory]
    [InlineData("compare --type 4294967296")]
    [InlineData("compare --type -1")]
    [InlineData("compare --type 0x")]
    [InlineData("compare --kernel ,")]
    [InlineData("compare --kernel v1/08,=")]
    [InlineData("compare --drivers /nowhere/drivers.yaml")]
    [InlineData("run /nowhere")]
    [InlineData("run x --replay")]
    [InlineData("run @nowhere")]
    [InlineData("show --format json")]
    public void Run_BadInput_ExitTwoWithoutStackTrace(string commandLine)
    {
        var result = Cli.Run(commandLine.Split(' '));

        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("compare -h")]
    [InlineData("--version")]
    public void Run_AsksForHelp_ExitZero(string commandLine)
    {
        var result = Cli.Run(commandLine.Split(' '));

        Assert.Equal(ExitCode.Holds, result.Exit);
        Assert.NotEmpty(result.Output);
        Assert.Equal("", result.Error);
    }
}
