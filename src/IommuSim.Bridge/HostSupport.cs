using System.Runtime.InteropServices;

namespace IommuSim.Bridge;

/// <summary>What the bridge asks of a host before it starts anything.</summary>
internal static class HostSupport
{
    /// <summary>Throws where no program could run.</summary>
    public static void Check()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            throw new HostRefusesException(
                "exec needs Linux on x86-64: it answers system calls of the host by their numbers"
            );
        }
    }
}
