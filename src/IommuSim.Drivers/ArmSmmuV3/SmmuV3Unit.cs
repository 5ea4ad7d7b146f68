using IommuSim.Iommu;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>
/// What the driver keeps of one SMMU, with its NVIDIA command queues where it has them. Models struct arm_smmu_device
/// and struct tegra241_cmdqv, v7.3.
/// </summary>
internal sealed class SmmuV3Unit
{
    private const int VmidBits = 16;

    /// <summary>VMID 0 is that of streams which bypass.</summary>
    public IdAllocator Vmids { get; } = new(1, (1 << VmidBits) - 1);

    /// <summary>Interfaces to command queues; the kernel's own is number 0.</summary>
    public IdAllocator Interfaces { get; } = new(1, Tegra241Vintf.InterfaceCount - 1);

    /// <summary>Commands in the main queue since boot.</summary>
    public ulong CommandCount { get; private set; }

    /// <summary>The last of them, as the hardware reads it.</summary>
    public (ulong First, ulong Second) LastCommand { get; private set; }

    public static SmmuV3Unit Of(IommuInstance iommu) => (SmmuV3Unit)(iommu.Private ??= new SmmuV3Unit());

    // Models arm-smmu-v3.c:__arm_smmu_cmdq_issue_cmdlist(), v7.3; the hardware takes every command at once.
    public void Issue(ulong first, ulong second)
    {
        CommandCount++;
        LastCommand = (first, second);
    }
}
