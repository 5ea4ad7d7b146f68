using IommuSim.Drivers.Amd;
using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Iommufd.Vfio;
using IommuSim.Kernels.History.Linux612;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux73;

/// <summary>Linux 7.3: virtual IOMMUs with devices, event queues and hardware queues; attach by PASID.</summary>
internal static class Linux73Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-7.3",
            Linux612Kernel.Node,
            "Virtual IOMMUs, their devices, event queues and hardware queues; devices attach by PASID.",
            "Linux 7.3.4",
            static spec =>
                spec.WithIoctl(HwptAlloc.Row)
                    .WithIoctl(GetHwInfo.Row)
                    .WithIoctl(HwptInvalidate.Row)
                    .WithDriver(Mock.Linux73)
                    .WithDriver(IntelVtd.Linux73)
                    .WithDriver(ArmSmmuV3.Linux73)
                    .WithDriver(Amd.Linux73)
                    .WithIoctl(IoasMap.Row)
                    .WithIoctl(IoasMapFile.Row)
                    .WithIoctl(ViommuAlloc.Row)
                    .WithIoctl(VdeviceAlloc.Row)
                    .WithIoctl(IoasChangeProcess.Row)
                    .WithIoctl(VeventqAlloc.Row)
                    .WithIoctl(NoiommuGetPa.Row)
                    .WithIoctl(HwQueueAlloc.Row)
                    .WithTestOps(MappingOps.Linux73)
                    .WithIoctl(IoasAlloc.Row)
                    .WithTestOps(DmaBufOps.Rows)
                    .WithTestOps(PasidOps.Rows)
                    .WithTestOps(DirtyPageOps.Linux73)
                    .WithTestOps(VdeviceOps.Rows) with
                {
                    Containers = Containers.Linux73,
                    Lifetime = ShorttermLifetime.WaitCountRow,
                    Attach = new AttachRules("linux-7.3")
                    {
                        AllocateAutomatic = HwptPaging.AutomaticWith(HwptRules.Linux73),
                        Domains = new DomainAttach(),
                        HasDeviceArrays = true,
                    },
                    Groups = spec.Groups with { RevertsFailedDevice = false },
                }
        )
        {
            Brings = [Bug.N6, Bug.N7, Bug.N8, Bug.N12, Bug.N13, Bug.N14, Bug.N15, Bug.N19, Bug.N20],
            Fixes = [Bug.A03, Bug.A36, Bug.N2, Bug.N9],
        };
}
