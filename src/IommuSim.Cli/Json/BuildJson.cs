using IommuSim.Machine;

namespace IommuSim.Cli.Json;

/// <summary>The build switches by their names on the command line.</summary>
internal sealed record BuildJson(string ConfigIommufdTest, string Stack, string Gcc)
{
    public static BuildJson Of(BuildSwitches build) =>
        new(build.IommufdTest ? "y" : "n", build.ZeroedStack ? "zero" : "garbage", build.Optimized ? "O2" : "O0");
}
