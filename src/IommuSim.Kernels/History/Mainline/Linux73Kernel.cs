using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Mainline.Linux73;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline;

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
                spec.WithIoctl(HwptAlloc73.RowWith(HwptRules.Linux73))
                    .WithIoctl(GetHwInfo73.Row73)
                    .WithIoctl(HwptInvalidate73.Row73)
                    .WithDriver(Mock.Linux73)
                    .WithDriver(IntelVtd.Linux73)
                    .WithIoctl(IoctlRow.SizeOnly<IoasMapFileCmd>())
                    .WithIoctl(ViommuAlloc.Row)
                    .WithIoctl(VdeviceAlloc.Row)
                    .WithIoctl(IoctlRow.SizeOnly<IoasChangeProcessCmd>())
                    .WithIoctl(VeventqAlloc.Row)
                    .WithIoctl(IoctlRow.SizeOnly<IoasNoiommuGetPaCmd>())
                    .WithIoctl(HwQueueAlloc.Row)
                    .WithTestOps(MappingOps.Linux73)
                    .WithTestOps(PasidOps.Rows)
                    .WithTestOps(VdeviceOps.Linux73) with
                {
                    Lifetime = ShorttermLifetime.WaitCountRow,
                    Attach = MainlineAttachRules.Linux73,
                    Groups = spec.Groups with { RevertsFailedDevice = false },
                }
        )
        {
            Brings = ["N6", "N7", "N8"],
            Mends = ["A03", "A36", "N2", "N9"],
        };
}
