using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Linux615;

namespace IommuSim.Kernels.History.Linux617;

/// <summary>
/// Linux 6.17: hardware queues, a vDEVICE that goes with its device, a type that GET_HW_INFO is asked for; page faults
/// are turned on by drivers, from 6.16 on. Read from its source.
/// </summary>
internal static class Linux617Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-6.17",
            Linux615Kernel.Node,
            "Hardware queues, and memory that a vIOMMU lends; a vDEVICE goes with its device.",
            "Linux 6.17",
            static spec =>
                spec.WithIoctl(GetHwInfo.Row617)
                    .WithDriver(Mock.Linux617)
                    .WithIoctl(ViommuAlloc.Row)
                    .WithIoctl(VdeviceAlloc.Row)
                    .WithIoctl(HwQueueAlloc.Row) with
                {
                    Lifetime = ShorttermLifetime.WaitCountRow,
                    Attach = new AttachRules("linux-6.17")
                    {
                        Bind = ClaimThenAllocate.Bind,
                        AllocateAutomatic = HwptPaging.AutomaticWith(HwptRules.Linux73),
                        Domains = new DomainAttach(),
                        HasDeviceArrays = true,
                    },
                }
        )
        {
            Brings = [Bug.A31, Bug.A32, Bug.N7, Bug.N13, Bug.N15],
            Fixes = [Bug.A20, Bug.A28, Bug.M34, Bug.N9],
        };
}
