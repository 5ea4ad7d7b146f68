namespace IommuSim.Cli.Tests;

/// <summary>
/// The command on kernels made of C. IOMMUSIM_KERNEL_73 and IOMMUSIM_KERNEL_612 name files that 'iommusim build' made
/// of Linux 7.3.4 and 6.12.117, as .ci/run does; without them these tests are skipped.
/// </summary>
public sealed class SourceKernelTests
{
    private const string Linux73 = "IOMMUSIM_KERNEL_73";
    private const string Linux612 = "IOMMUSIM_KERNEL_612";

    [Theory]
    [InlineData(Linux73, 40)]
    [InlineData(Linux612, 10)]
    public void Run_ScenariosOfItsRelease_AllHold(string variable, int atLeast)
    {
        var result = Cli.Run("run", "scenarios", "--kernel", KernelIn(variable));
        Assert.Equal((ExitCode.Holds, ""), (result.Exit, result.Error));
        var count = int.Parse(
            result.Output.TrimEnd().Split('\n')[^1].Split(' ')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );
        Assert.InRange(count, atLeast, int.MaxValue);
    }

    [Theory]
    [InlineData(
        "scenarios/linux-7.3/map-nearly-everything-warns.scenario",
        "WARNING in iopt_insert_area",
        "io_pagetable.c:232"
    )]
    [InlineData(
        "scenarios/bugs/n11-a-fault-names-the-first-of-its-group.scenario",
        "KASAN: slab-use-after-free in iommufd_fault_fops_read",
        "eventq.c:"
    )]
    [InlineData(
        "scenarios/linux-7.3/a-pasid-outlives-its-device.scenario",
        "WARNING in iommufd_fops_release",
        "main.c:389"
    )]
    [InlineData(
        "scenarios/linux-7.3/a-pasid-outlives-its-device.scenario",
        "WARNING in iommufd_fops_release",
        "main.c:399"
    )]
    public void Trace_OfADiscovery_HasTitleFileAndLine(string scenario, string title, string place)
    {
        var result = Cli.Run("run", scenario, "--kernel", KernelIn(Linux73), "--trace");
        Assert.Contains($"\n{title}\n", result.Output);
        Assert.Contains($"drivers/iommu/iommufd/{place}", result.Output);
    }

    [Fact]
    public void Run_DeviceThatAKernelOfCHasNot_IsSkippedInADialect()
    {
        const string Reason = "a kernel made of C has no driver 'intel-vtd', only its own mock driver";
        const string Scenario = "scenarios/bugs/n1-a-mock-domain-for-a-vt-d-device.scenario";
        var file = KernelIn(Linux73);
        var result = Cli.Run("run", Scenario, "--kernel", file, "--format", "ktap");
        Assert.Equal((ExitCode.Holds, ""), (result.Exit, result.Error));
        Assert.Contains($"\n    ok 1 {Path.GetFileName(file)} # SKIP {Reason}\n", result.Output);
    }

    [Fact]
    public void Run_A10_HoldsOnTheKernelsOwnC()
    {
        const string Scenario = "scenarios/linux-7.3/refused-replace-loses-a-reserved-range.scenario";
        var result = Cli.Run("run", Scenario, "--kernel", KernelIn(Linux73));
        Assert.Equal((ExitCode.Holds, ""), (result.Exit, result.Error));
    }

    [Fact]
    public void Run_Races_ReportsADataRaceWithBothPlaces()
    {
        const string Scenario = "scenarios/explore/replaces-of-one-group.scenario";
        const string Race = "BUG: KCSAN: data-race in iommufd_device_change_pt / iommufd_device_change_pt";
        var file = KernelIn(Linux73);
        Assert.Equal(ExitCode.Holds, Cli.Run("run", Scenario, "--kernel", file).Exit);

        var result = Cli.Run("run", Scenario, "--kernel", file, "--races");
        Assert.Equal((ExitCode.DoesNotHold, ""), (result.Exit, result.Error));
        Assert.Contains($"\n  {Race}\n  iommusim explore {Scenario} --kernel {file} --replay s:", result.Output);
        Assert.Contains("\nCPU0 (P0)  ", result.Output);
        Assert.Matches(
            $@"\n{Race}\n read of 1 bytes [^\n]*\n in iommufd_hw_pagetable_put at [^\n]*iommufd_private\.h:477",
            result.Output
        );
        Assert.Contains("drivers/iommu/iommufd/device.c:1003", result.Output);
    }

    [Fact]
    public void Run_RacesWithoutTasks_IsRefused() =>
        AssertRefused(
            "--races looks for data races of tasks, and no scenario has blocks 'P0:' and 'P1:'",
            "run",
            "scenarios/linux-7.3/map-nearly-everything-warns.scenario",
            "--kernel",
            KernelIn(Linux73),
            "--races"
        );

    [Fact]
    public void Show_KernelOfC_NamesWhatIsNotProvided()
    {
        var result = Cli.Run("show", KernelIn(Linux73));
        Assert.Equal(ExitCode.Holds, result.Exit);
        Assert.Contains("not provided", result.Output);
    }

    [Fact]
    public void Hunt_KernelOfC_EndsAtItsFirstFinding()
    {
        var file = KernelIn(Linux73);
        var result = Cli.Run("hunt", "--kernel", file);
        Assert.Equal((ExitCode.DoesNotHold, ""), (result.Exit, result.Error));
        Assert.Contains("\n1 of 1 kernels with a finding", result.Output);
    }

    [Fact]
    public void Hunt_ReplayOfARace_DrawsItWithFileAndLine()
    {
        var result = Cli.Run("hunt", "--kernel", KernelIn(Linux73), "--replay", "race:2433363762");
        Assert.Equal((ExitCode.DoesNotHold, ""), (result.Exit, result.Error));
        Assert.StartsWith("BUG: kernel NULL pointer dereference in iommufd_object_remove\n", result.Output);
        Assert.Contains("\nP1: replace r3 pt_id=r1\nschedule s:", result.Output);
        Assert.Contains("\nCPU0 (P0)  ", result.Output);
        Assert.Contains("  iommufd_device_do_replace device.c:870 (", result.Output);
    }

    [Fact]
    public void Hunt_ReplayOfWhatTheParentShowsToo_SetsItAside()
    {
        var file = KernelIn(Linux73);
        var result = Cli.Run("hunt", "--kernel", file, "--against", file, "--replay", "race:2433363762");
        Assert.Equal((ExitCode.Holds, ""), (result.Exit, result.Error));
        Assert.Contains("set aside: BUG: kernel NULL pointer dereference in iommufd_object_remove\n", result.Output);
        Assert.EndsWith("\nnothing found\n", result.Output);
    }

    [Fact]
    public void Hunt_AgainstWithoutAKernel_IsRefused() =>
        AssertRefused(
            "--against sets aside what another kernel shows too; give --kernel",
            "hunt",
            "--against",
            "linux-7.3"
        );

    [Fact]
    public void Fuzz_KernelOfC_FindsWhatItIsNotToldAndReplaysIt()
    {
        var file = KernelIn(Linux73);
        var result = Cli.Run("fuzz", "--kernel", file, "--steps", "3000");
        Assert.Equal(ExitCode.DoesNotHold, result.Exit);
        Assert.Contains("WARNING in iommufd_device_unbind", result.Output);
        Assert.Contains("I3: a failed call changed which addresses of an IOAS can be mapped", result.Output);
        Assert.Contains("I10: read returns a fault with the id of another device", result.Output);
        Assert.Contains("not checked in a kernel made of C", result.Output);
        Assert.DoesNotContain("model:", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux-7.3", Linux73)]
    [InlineData("linux-6.12", Linux612)]
    public void Fuzz_ModelAgainstItsC_FindsNoDifference(string model, string variable)
    {
        var result = Cli.Run("fuzz", "--kernel", model, "--against", KernelIn(variable), "--steps", "3000");
        Assert.Equal((ExitCode.Holds, ""), (result.Exit, result.Error));
        Assert.DoesNotContain("IOMMU_HWPT_GET_DIRTY_BITMAP", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("IOMMU_VFIO_IOAS", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernel_FileThatIsNotThere_IsOneSentence() =>
        AssertRefused(
            "there is no file 'none.kernel'; 'iommusim build TREE -o none.kernel' makes one of a kernel tree",
            "run",
            "scenarios",
            "--kernel",
            "none.kernel"
        );

    [Fact]
    public void Kernel_FileThatIsNoKernel_IsOneSentence()
    {
        var path = Path.Combine(Path.GetTempPath(), $"iommusim-{Environment.ProcessId}.kernel");
        File.WriteAllText(path, "no kernel");
        AssertRefused(
            $"'{path}' is no kernel of this version of iommusim; 'iommusim build TREE -o {path}' makes it",
            "run",
            "scenarios",
            "--kernel",
            path
        );
        File.Delete(path);
    }

    [Fact]
    public void Build_FolderThatIsNoTree_IsRefused()
    {
        var result = Cli.Run("build", "scenarios");
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Contains("is no kernel tree", result.Error);
    }

    [Fact]
    public void Build_OutputWithAnotherEnding_IsRefusedBeforeAnythingIsBuilt() =>
        AssertRefused(
            "--output 'x.bin': the name of a kernel ends with .kernel, by which --kernel knows it",
            "build",
            "scenarios",
            "-o",
            "x.bin"
        );

    private static void AssertRefused(string sentence, params string[] words)
    {
        var result = Cli.Run(words);
        Assert.Equal($"iommusim: {sentence}\n", result.Error);
        Assert.Equal(ExitCode.BadInput, result.Exit);
    }

    internal static string KernelIn(string variable)
    {
        var path = Environment.GetEnvironmentVariable(variable);
        Assert.SkipUnless(File.Exists(path), $"{variable} names no kernel made by 'iommusim build'");
        return path!;
    }
}
