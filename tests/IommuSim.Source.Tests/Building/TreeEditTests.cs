using IommuSim.Source.Building;

namespace IommuSim.Source.Tests.Building;

public sealed class TreeEditTests
{
    [Theory]
    [InlineData("menuconfig GENERIC_PT\n\tbool \"A\" if COMPILE_TEST\n", "menuconfig GENERIC_PT\n\tbool \"A\"\n")]
    [InlineData("config X\n\tbool \"A\" if Y\nconfig Z\n", null)]
    [InlineData("menuconfig GENERIC_PT\n\tbool \"A\"\nconfig Z\n\tbool \"B\" if Y\n", null)]
    public void GenericPt_GetsAPrompt(string text, string? edited) => AssertEdits("generic_pt/Kconfig", text, edited);

    [Theory]
    [InlineData(
        "config A\n\tbool\n\nconfig IOMMU_IOPF\n\tbool\n\n",
        "config A\n\tbool\n\nconfig IOMMU_IOPF\n\tdef_bool y\n\n"
    )]
    [InlineData("config IOMMU_IOPF\n\tdef_bool y\n\nconfig A\n\tbool\n", null)]
    [InlineData("config A\n\tbool\n", null)]
    public void PageFaults_AreOn(string text, string? edited) => AssertEdits("iommu/Kconfig", text, edited);

    [Theory]
    [InlineData("\tif (!IS_ENABLED(CONFIG_IOMMU_DMA)) {", "\tif (0) {")]
    [InlineData("\tif (0) {", null)]
    public void DefaultDomains_AreNotForcedToIdentity(string branch, string? edited) =>
        AssertEdits("iommu.c", Function(branch), edited is null ? null : Function(edited));

    [Theory]
    [InlineData("held", "__builtin_prefetch((const void *)(l), 0, 1)")]
    [InlineData("held_write", "__builtin_prefetch((const void *)(l), 1, 1)")]
    [InlineData("held_read", "__builtin_prefetch((const void *)(l), 0, 2)")]
    public void AssertionsOfLocks_AreKeptWithoutLockdep(string word, string put)
    {
        var text = Lockdep("__assume_ctx_lock(l)");
        foreach (var edit in TreeEdit.LockAssertions.Where(e => e.File.EndsWith("lockdep.h", StringComparison.Ordinal)))
            text = edit.Apply(text);
        Assert.Contains($"#define lockdep_assert_{word}(l)\t{put}\n", text, StringComparison.Ordinal);
        Assert.Contains("#define lockdep_assert_held(l) checked\n", text, StringComparison.Ordinal);
        Assert.Contains("#define lockdep_assert_held_once(l)\t\tdo { } while (0)\n", text, StringComparison.Ordinal);
        Assert.Equal(Lockdep("").Count(c => c == '\n'), text.Count(c => c == '\n'));
    }

    [Fact]
    public void AFunctionThatIsNotKnown_IsAnErrorThatNamesTheFile()
    {
        var refused = Assert.Throws<SourceBuildException>(() => Edit("iommu.c").Apply(Function("\tsomething_else();")));
        Assert.StartsWith("drivers/iommu/iommu.c: the edit", Assert.Single(refused.Lines));
    }

    /// <summary>A function of our own by the kernel's name, between others that the edit must leave alone.</summary>
    private static string Function(string line) =>
        "int before(void)\n{\n\tif (!IS_ENABLED(CONFIG_IOMMU_DMA)) {\n\t}\n}\n"
        + "static int iommu_get_default_domain_type(int a,\n\t\tint b)\n{\n"
        + line
        + "\n\t\tx = 1;\n\t}\n}\n\nint after(void)\n{\n}\n";

    /// <summary>A header of our own: what there is with lockdep, and what without.</summary>
    private static string Lockdep(string plain) =>
        "#ifdef CONFIG_LOCKDEP\n#define lockdep_assert_held(l) checked\n#else /* !CONFIG_LOCKDEP */\n"
        + $"#define lockdep_assert_held(l)\t\t{plain}\n#define lockdep_assert_held_write(l)\t\t{plain}\n"
        + $"#define lockdep_assert_held_read(l)\t\t{plain}\n"
        + "#define lockdep_assert_held_once(l)\t\tdo { } while (0)\n#endif /* !LOCKDEP */\n";

    private static TreeEdit Edit(string file) =>
        TreeEdit.All.Single(edit => edit.File.EndsWith("/" + file, StringComparison.Ordinal));

    private static void AssertEdits(string file, string text, string? edited) =>
        Assert.Equal(edited ?? text, Edit(file).Apply(text));
}
