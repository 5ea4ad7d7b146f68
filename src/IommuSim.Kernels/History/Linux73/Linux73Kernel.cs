using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.NoIommu;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Kernels.History.Linux70;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux73;

/// <summary>Linux 7.3: the newest; what differs before is in the folders of the releases before.</summary>
internal static class Linux73Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-7.3",
            Linux70Kernel.Node,
            "Devices without an IOMMU; a device is allocated before its group is claimed; bounds on what one call can ask.",
            "Linux 7.3.4",
            static spec =>
                spec.WithDriver(ArmSmmuV3.Linux73).WithDriver(NoIommu.Linux73).WithIoctl(NoiommuGetPa.Row) with
                {
                    Attach = new AttachRules("linux-7.3")
                    {
                        AllocateAutomatic = HwptPaging.AutomaticWith(HwptRules.Linux73),
                        Domains = new DomainAttach(),
                        HasDeviceArrays = true,
                    },
                }
        )
        {
            Fixes =
            [
                Bug.A18,
                Bug.A19,
                Bug.A22,
                Bug.A31,
                Bug.A32,
                Bug.M01,
                Bug.M02,
                Bug.M03,
                Bug.M04,
                Bug.M10,
                Bug.M13,
                Bug.M14,
                Bug.M31,
                Bug.C11,
                Bug.C12,
                Bug.C13,
            ],
        };
}
