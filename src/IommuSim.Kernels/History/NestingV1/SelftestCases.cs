using IommuSim.Machine;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>The special cases for the mock that patches 09 and 12 put into the core.</summary>
/// <param name="PretendsSupport">09: the mock supports every type, and advertises all of them.</param>
/// <param name="KnowsInvalidateType">12: the mock's type is let through to the lookup, in every build.</param>
public sealed record SelftestCases(bool PretendsSupport, bool KnowsInvalidateType)
{
    public static SelftestCases None { get; } = new(false, false);

    public static SelftestCases Patch09 { get; } = new(true, false);

    public static SelftestCases Patch12 { get; } = new(true, true);

    /// <summary>09: compiled in only with CONFIG_IOMMUFD_TEST.</summary>
    public bool KnowsAllocType(KernelMachine machine) => PretendsSupport && machine.Build.IommufdTest;
}
