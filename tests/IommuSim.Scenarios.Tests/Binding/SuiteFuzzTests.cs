using FsCheck;
using FsCheck.Fluent;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Tests.Binding;

/// <summary>
/// Whatever the text: it loads and runs, or it is refused with errors. A failing run prints the
/// seed that repeats it.
/// </summary>
public sealed class SuiteFuzzTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(500);

    private static readonly string[] s_words =
    [
        "IOMMU_HWPT_ALLOC",
        "IOMMU_HWPT_INVALIDATE",
        "IOMMU_GET_HW_INFO",
        "IOMMU_DESTROY",
        "IOMMU_IOAS_ALLOC",
        "IOMMU_IOAS_IOVA_RANGES",
        "IOMMU_TEST_OP_MOCK_DOMAIN",
        "ioctl",
        "bind",
        "attach",
        "replace",
        "detach",
        "unbind",
        "inspect",
        "open",
        "close",
        "dev0",
        "x",
        "y",
        "fd",
        "x = ",
        "y = ",
        "fd = ",
        "iommu_none{}",
        "dev_id=",
        "pt_id=",
        "id=",
        "data=",
        "data_len=",
        "data_type=",
        "entries=",
        "iovas=",
        "size=",
        "tail=",
        "place=",
        "fd=",
        "request=",
        "arg=",
        "fail_alloc=",
        "fail_copy=",
        "buffer(8)",
        "readonly(8)",
        "unmapped()",
        "ranges(2)",
        "null",
        "1",
        "0x3b81",
        "~0",
        "-1",
        "iommu_hwpt_selftest{iotlb=x}",
        "iommu_hwpt_invalidate_selftest{flags=1}",
        "[",
        "]",
        "|",
        "\n",
        "\n  OK",
        "\n  EINVAL",
        " out_hwpt_id=x",
        ", reads data{",
        "u32.0=1",
        "e1.flags=0",
        "}",
        ", report \"x\"",
        "\n  base: killed",
        "\n  otherwise: OK",
    ];

    [Fact]
    public void Load_ArbitraryText_NeverThrows() =>
        Check.One(s_config, Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text => Answers(text ?? "")));

    [Fact]
    public void LoadAndRun_WordsOfTheLanguage_NeverThrows()
    {
        var words = Gen.Elements(s_words).NonEmptyListOf().ToArbitrary();
        Check.One(
            s_config,
            Prop.ForAll(words, list => Answers(Suite.Steps(string.Join(' ', list), "base v1/12 linux-6.8")))
        );
    }

    [Fact]
    public void LoadAndRun_LinesOfGoodSteps_NeverThrows()
    {
        var lines = Gen.Elements(Lines()).NonEmptyListOf().ToArbitrary();
        Check.One(
            s_config,
            Prop.ForAll(lines, list => Answers(Suite.Steps(string.Join('\n', list), "base v1/12 linux-6.8")))
        );
    }

    private static string[] Lines() =>
        [
            "x = bind dev0",
            "y = IOMMU_IOAS_ALLOC",
            "attach x pt_id=y",
            "detach x",
            "unbind x",
            "close",
            "attach x pt_id=h",
            "replace x pt_id=h",
            "h = IOMMU_HWPT_ALLOC dev_id=x pt_id=y",
            "n = IOMMU_HWPT_ALLOC dev_id=x pt_id=h data_type=0xdead data=iommu_hwpt_selftest{iotlb=1}",
            "IOMMU_DESTROY id=y",
            "IOMMU_DESTROY id=h",
            "IOMMU_DESTROY id=x",
            "inspect dev0",
            "IOMMU_HWPT_INVALIDATE hwpt_id=n entries=[iommu_hwpt_invalidate_selftest{flags=1}]",
            "d = IOMMU_TEST_OP_MOCK_DOMAIN id=y",
            "IOMMU_DESTROY id=d",
            "IOMMU_IOAS_ALLOC fail_copy=1",
            "IOMMU_IOAS_IOVA_RANGES ioas_id=y iovas=ranges(1)",
        ];

    private static bool Answers(string text)
    {
        var load = ScenarioSuite.LoadText("fuzz.scenario", text, KernelCatalog.Default);
        Assert.All(load.Errors, error => Assert.StartsWith("fuzz.scenario:", error, StringComparison.Ordinal));
        foreach (var scenario in load.Scenarios)
        {
            foreach (var kernel in scenario.Kernels)
            {
                var options = new RunOptions(Trace: true);
                var run = ScenarioRunner.Run(scenario, kernel, KernelCatalog.Default, options);
                Assert.Equal(run.Failure is null, run.Holds);
            }
        }

        return (load.Scenarios.Count == 0) == (load.Errors.Count > 0);
    }
}
