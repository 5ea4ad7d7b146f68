using IommuSim.Drivers.Amd;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Linux617;

namespace IommuSim.Kernels.History.Linux70;

/// <summary>
/// Linux 7.0: drivers share their page tables' code, the mock too; dma-bufs can be mapped. Read from its source, in
/// which VT-d and AMD do what they do in 7.3; SMMUv3 passes a guest's commands on unchecked and is not modelled.
/// </summary>
internal static class Linux70Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-7.0",
            Linux617Kernel.Node,
            "Page tables with types in the mock; GET_HW_INFO tells of ATS; a refused device is not reverted itself.",
            "Linux 7.0",
            static spec =>
                spec.WithIoctl(GetHwInfo.Row)
                    .WithDriver(Mock.Linux73)
                    .WithDriver(IntelVtd.Linux73)
                    .WithDriver(Amd.Linux73)
                    .WithTestOps(MappingOps.Linux73)
                    .WithTestOps(DmaBufOps.Rows)
                    .WithTestOps(DirtyPageOps.Linux73) with
                {
                    Attach = spec.Attach with { Name = "linux-7.0" },
                    Groups = spec.Groups with { RevertsFailedDevice = false },
                }
        )
        {
            Brings = [Bug.C11, Bug.C12, Bug.C13],
            Fixes = [Bug.M05, Bug.M28, Bug.M33, Bug.N2],
        };
}
