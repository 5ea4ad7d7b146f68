using IommuSim.Source.Building;

namespace IommuSim.Source.Tests.Building;

public sealed class KernelConfigurationTests : IDisposable
{
    private static readonly string[] s_good = ["CONFIG_IOMMUFD_TEST=y", "CONFIG_SMP=y"];

    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Merge_LastOnesWin() =>
        Assert.Equal(
            ["# comment", "CONFIG_C=1", "# CONFIG_A is not set", "CONFIG_B=m"],
            KernelConfiguration.Merge(
                ["# comment", "CONFIG_A=y", "# CONFIG_B is not set", "CONFIG_C=1"],
                ["# CONFIG_A is not set", "CONFIG_B=m"]
            )
        );

    [Fact]
    public void Check_OfAGoodConfiguration_HasNothingToSay() => Assert.Empty(Check(s_good, null));

    [Fact]
    public void Check_WithoutSmp_SaysHowSpinlocksAreKept() =>
        Assert.Equal(
            "Linux 9.8.7-rc6 is built without SMP, which its um does not have: spinlocks are kept by CONFIG_DEBUG_SPINLOCK",
            Assert.Single(Check(["CONFIG_IOMMUFD_TEST=y", "CONFIG_DEBUG_SPINLOCK=y"], null))
        );

    [Fact]
    public void Check_WithoutTheTestDriver_NamesWhatItDependsOn()
    {
        string[] config =
        [
            .. new[] { "CONFIG_DEBUG_KERNEL=y", "CONFIG_RUNTIME_TESTING_MENU=y", "CONFIG_IOMMU_SUPPORT=y" },
            .. new[] { "# CONFIG_FAULT_INJECTION is not set", "CONFIG_IOMMUFD=y" },
        ];
        var refused = Assert.Throws<SourceBuildException>(() => Check(config, null));
        Assert.Equal(
            "the configuration has no CONFIG_IOMMUFD_TEST=y: FAULT_INJECTION did not come out as y "
                + "(# CONFIG_FAULT_INJECTION is not set)",
            Assert.Single(refused.Lines)
        );
    }

    [Theory]
    [InlineData("CONFIG_X=y\n# a comment\n\n# CONFIG_Y is not set", 0)]
    [InlineData("CONFIG_X=m", 1)]
    [InlineData("# CONFIG_X is not set\nCONFIG_Z=y", 2)]
    public void Check_NamesWhatOfTheFragmentDidNotComeOut(string fragment, int notes) =>
        Assert.Equal(notes, Check([.. s_good, "CONFIG_X=y"], fragment).Count);

    private List<string> Check(string[] config, string? fragment) =>
        KernelConfiguration.Check(KernelTree.Open(_tree.Path), config, fragment);
}
