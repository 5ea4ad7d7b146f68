using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Iommufd.Vfio;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Linux612;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux615;

/// <summary>
/// Linux 6.15, with what 6.13 and 6.14 brought. Read from viommu.c and eventq.c of the time, from the sources of 6.12
/// and 6.17, and from the commits that the bugs name: the order of checks between these two is not known everywhere,
/// and where it is not it is that of 6.17. 6.12.117 has fixes that 6.15 lacks.
/// </summary>
internal static class Linux615Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-6.15",
            Linux612Kernel.Node,
            "Virtual IOMMUs with their devices and event queues; devices attach by PASID.",
            "Linux 6.15, in parts derived from 6.12.117 and 6.17",
            static spec =>
                spec.WithIoctl(HwptAlloc.Row)
                    .WithIoctl(GetHwInfo.Row612)
                    .WithIoctl(HwptInvalidate.Row)
                    .WithDriver(Mock.Linux615)
                    .WithoutDrivers("intel-vtd")
                    .WithIoctl(IoasAlloc.Row)
                    .WithIoctl(IoasMap.Row)
                    .WithIoctl(IoasMapFile.Row)
                    .WithIoctl(ViommuAlloc615.Row)
                    .WithIoctl(Vdevice615.Row)
                    .WithIoctl(IoasChangeProcess.Row)
                    .WithIoctl(VeventqAlloc.Row)
                    .WithTestOps(PasidOps.Rows)
                    .WithTestOps(VdeviceOps.Rows) with
                {
                    Containers = Containers.Linux73,
                    Attach = new AttachRules("linux-6.15")
                    {
                        Bind = ClaimThenAllocate.Bind,
                        AllocateAutomatic = HwptPaging.AutomaticWith(HwptRules.Linux73),
                        Domains = new DomainAttach615(),
                        HasDeviceArrays = true,
                    },
                }
        )
        {
            Brings =
            [
                Bug.A18,
                Bug.A19,
                Bug.A20,
                Bug.A22,
                Bug.A28,
                Bug.M01,
                Bug.M02,
                Bug.M03,
                Bug.M04,
                Bug.M05,
                Bug.M10,
                Bug.M13,
                Bug.M14,
                Bug.M31,
                Bug.M33,
                Bug.M28,
                Bug.M34,
                Bug.N8,
                Bug.N12,
                Bug.N14,
                Bug.N19,
                Bug.N20,
                Bug.N21,
            ],
            Fixes = [Bug.A03, Bug.A36],
        };
}
