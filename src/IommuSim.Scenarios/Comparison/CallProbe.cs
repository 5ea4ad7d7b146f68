using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine.Reports;

namespace IommuSim.Scenarios.Comparison;

/// <summary>What came of one system call.</summary>
/// <param name="Result">What user space saw.</param>
/// <param name="Reports">What the kernel's checkers said during the call.</param>
public sealed record CallProbe(SyscallResult Result, ImmutableArray<KernelReport> Reports);
