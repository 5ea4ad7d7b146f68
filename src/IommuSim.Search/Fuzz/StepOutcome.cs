using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;

namespace IommuSim.Search.Fuzz;

/// <summary>What came of one call of a sequence.</summary>
/// <param name="Made">False for a call that nobody would make in that state.</param>
/// <param name="Title">The finding's title, or null.</param>
/// <param name="Detail">For a reader.</param>
/// <param name="Injected">The fault that was asked for was met.</param>
internal readonly record struct StepOutcome(
    bool Made,
    SyscallResult Result,
    string? Title,
    string Detail,
    bool Injected
)
{
    public DecisionKind InjectedKind { get; init; }

    /// <summary>Bytes that were read or written.</summary>
    public ulong Moved { get; init; }

    public static StepOutcome Skipped => default;
}
