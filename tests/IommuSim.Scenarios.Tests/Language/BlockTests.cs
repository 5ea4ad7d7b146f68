using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Tests.Binding;

namespace IommuSim.Scenarios.Tests.Language;

/// <summary>Blocks and clauses: their form, and what is wrong with others.</summary>
public sealed class BlockTests
{
    private const string Two = "P0:\nIOMMU_IOAS_ALLOC\nP1:\nIOMMU_IOAS_ALLOC\n";

    [Fact]
    public void Parse_Blocks_GiveEachStepItsTask()
    {
        var scenario = Suite.Load(Suite.Steps("a = IOMMU_IOAS_ALLOC\n" + Two + "finally:\nIOMMU_DESTROY id=a\n"));
        Assert.True(scenario.IsExploration);
        Assert.Equal([StepBlock.Setup, 0, 1, StepBlock.Finally], scenario.Syntax.Steps.Select(s => s.Block));
    }

    [Fact]
    public void Parse_Clause_HasKindSelectorsAndFacts()
    {
        var scenario = Suite.Load(
            Suite.Steps(Two + "sometimes linux-6.8: P0.IOMMU_IOAS_ALLOC = OK, report \"t\", killed\n")
        );
        var clause = Assert.Single(scenario.Syntax.Clauses);
        Assert.Equal(ClauseKind.Sometimes, clause.Kind);
        Assert.Equal("linux-6.8", Assert.Single(clause.Selectors).ToString());
        Assert.Equal(3, clause.Facts.Count);
    }

    [Theory]
    [InlineData("P0:\nIOMMU_IOAS_ALLOC\n", 8, "needs two tasks")]
    [InlineData("P1:\nIOMMU_IOAS_ALLOC\n", 8, "stand in their order")]
    [InlineData("P0:\nP1:\nIOMMU_IOAS_ALLOC\n", 8, "the block 'P0:' has no step")]
    [InlineData("p0:\nIOMMU_IOAS_ALLOC\n", 8, "did you mean 'P0'?")]
    [InlineData("P0: IOMMU_IOAS_ALLOC\n", 8, "expected the end of the line after 'P0:'")]
    [InlineData(Two + "P0:\nIOMMU_IOAS_ALLOC\n", 12, "duplicate block 'P0'; the first is on line 8")]
    [InlineData("P0:\nIOMMU_IOAS_ALLOC\n  OK\n", 10, "depends on the schedule")]
    [InlineData("never: killed\n", 8, "there is only one without blocks")]
    [InlineData(Two + "never: killed\nIOMMU_IOAS_ALLOC\n", 13, "before the clauses")]
    [InlineData(Two + "nevr: killed\n", 12, "did you mean 'never'?")]
    [InlineData(Two + "never: kiled\n", 12, "did you mean 'killed'?")]
    [InlineData(Two + "never: report\n", 12, "the title of the report as a \"string\"")]
    [InlineData(Two + "never: killed killed\n", 12, "',' or the end of the line")]
    [InlineData(Two + "never: P0.IOMMU_IOAS_ALLOC = FINE\n", 12, "expected OK, killed or an errno")]
    [InlineData(Two + "never: P0.IOMMU_IOAS_ALLOC = EINVALID\n", 12, "no errno that a modelled")]
    [InlineData(Two + "never: P0.IOMMU_IOAS_ALOC = OK\n", 12, "did you mean 'P0.IOMMU_IOAS_ALLOC'?")]
    [InlineData(Two + "never linux-6.9: killed\n", 12, "unknown kernel 'linux-6.9'")]
    [InlineData(Two + "never base: killed\n", 12, "selects no kernel")]
    [InlineData(
        "P0:\na = IOMMU_IOAS_ALLOC\nP1:\nIOMMU_DESTROY id=a\n",
        11,
        "'a' is a name of P0 alone; bind it in the set-up"
    )]
    [InlineData("P0:\nclose\nclose\nP1:\nclose\nnever: P0.close = OK\n", 13, "can be more than one step")]
    public void Load_WrongForm_SaysWhereAndWhat(string steps, int line, string message)
    {
        var errors = string.Concat(Suite.Errors(Suite.Steps(steps)));
        Assert.Contains($"t.scenario:{line}:", errors, StringComparison.Ordinal);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }
}
