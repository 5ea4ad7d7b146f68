using IommuSim.Testing;

namespace IommuSim.Iommufd.Tests.Mappings;

/// <summary>
/// Any program that maps, unmaps, copies, reserves, allows and attaches gets the answers of a naive model, and
/// every domain translates exactly what is mapped.
/// </summary>
public sealed class MappingModelTests
{
    [Theory]
    [InlineData("linux-6.12")]
    [InlineData("linux-7.3")]
    public void Ioas_AnyProgram_AnswersAsTheModel(string kernel) =>
        RandomRun.ForAll(
            RandomRun.Operations(1, 120),
            operations => new MappingWalk(kernel).Run(operations),
            runs: 300
        );
}
