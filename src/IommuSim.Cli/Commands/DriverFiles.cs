using IommuSim.Lab.Scenarios;

namespace IommuSim.Cli.Commands;

/// <summary>Reads the files of <c>--drivers</c>.</summary>
internal static class DriverFiles
{
    public static KernelCatalog Load(IReadOnlyList<string> paths) =>
        throw new InputErrorException($"cannot read drivers from '{paths[0]}'");
}
