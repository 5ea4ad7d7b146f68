namespace IommuSim.Machine;

/// <summary>
/// The choices of a kernel build that change what the modelled code does. Everything else of a build is
/// fixed: 64-bit x86, all sanitizers on, panic_on_warn off.
/// </summary>
/// <param name="IommufdTest">CONFIG_IOMMUFD_TEST: the mock driver and its branches in the core exist.</param>
/// <param name="ZeroedStack">CONFIG_INIT_STACK_ALL_ZERO: an unset local variable reads as 0.</param>
/// <param name="Optimized">
/// gcc -O2 (true, what kernels ship) or -O0; decides whether a test of a constant one-entry table is folded.
/// </param>
public sealed record BuildSwitches(bool IommufdTest = true, bool ZeroedStack = false, bool Optimized = true)
{
    /// <summary>CONFIG_IOMMUFD_NOIOMMU, with CONFIG_VFIO_NOIOMMU, which selects it: devices without an IOMMU.</summary>
    public bool IommufdNoiommu { get; init; }

    /// <summary>With the mock, garbage in unset variables, -O2, and no devices without an IOMMU.</summary>
    public static BuildSwitches Default { get; } = new();
}
