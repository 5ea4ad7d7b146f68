using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine.Reports;

namespace IommuSim.Search.Sweep;

/// <summary>What was seen of one step.</summary>
/// <param name="Request">The number of the ioctl; 0 for other steps.</param>
/// <param name="Reports">The reports of the step.</param>
/// <param name="Violations">Titles of the invariants that do not hold after it.</param>
internal sealed record StepSight(SyscallResult Result, uint Request, KernelReport[] Reports, string[] Violations)
{
    public static StepSight Nothing { get; } = new(default, 0, [], []);
}
