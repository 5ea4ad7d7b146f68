using IommuSim.Drivers.Mock;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Mainline.Linux73;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline;

/// <summary>Linux 6.12: mappings are modelled from here on; page faults can be delivered to user space.</summary>
internal static class Linux612Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-6.12",
            MainlineKernels.Linux68,
            "Page faults can go to user space through a queue, and a hwpt can be told which.",
            "Linux 6.12.117",
            static spec =>
                spec.WithIoctl(IoasAllowIovas.Row)
                    .WithIoctl(IoasCopy.Row)
                    .WithIoctl(IoasMap.Row)
                    .WithIoctl(IoasUnmap.Row)
                    .WithIoctl(Option.Row)
                    .WithIoctl(IoctlRow.SizeOnly<VfioIoasCmd>())
                    .WithIoctl(HwptAlloc73.RowWith(HwptRules.Linux612))
                    .WithIoctl(GetHwInfo73.Row612)
                    .WithIoctl(HwptInvalidate73.Row612)
                    .WithIoctl(HwptSetDirtyTracking.Row)
                    .WithDriver(Mock.Linux612)
                    .WithoutDrivers("intel-vtd", "arm-smmuv3", "amd", "no-hw-info", "no-user-alloc")
                    .WithIoctl(IoctlRow.SizeOnly<HwptGetDirtyBitmapCmd>())
                    .WithIoctl(FaultQueueAlloc.Row)
                    .WithTestOps(MappingOps.Linux612)
                    .WithTestOps([.. MockDomainOps.Rows, FaultOps.TriggerIopf]) with
                {
                    Attach = MainlineAttachRules.Linux612,
                }
        )
        {
            Brings = ["N5", "N9"],
            Mends = ["A04", "A05", "A15", "A17", "A22"],
        };
}
