using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Iommufd.Selftest;
using IommuSim.Iommufd.Vfio;
using IommuSim.Kernels.History.Base;
using IommuSim.Kernels.History.Linux68;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux612;

/// <summary>Linux 6.12: mappings are modelled from here on; page faults can be delivered to user space.</summary>
internal static class Linux612Kernel
{
    private static readonly HwptRules s_rules = HwptRules.Linux73 with
    {
        PagingFlags = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT | HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
        NestedFlags = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID,
        HasNestedOp = false,
        NeedsInvalidateOp = true,
        WrongDomain = Errno.EINVAL,
    };

    public static KernelNode Node { get; } =
        new(
            "linux-6.12",
            Linux68Kernel.Node,
            "Page faults can go to user space through a queue, and a hwpt can be told which.",
            "Linux 6.12.117",
            static spec =>
                spec.WithIoctl(IoasAllowIovas.Row)
                    .WithIoctl(IoasCopy.Row)
                    .WithIoctl(IoasMap.Row612)
                    .WithIoctl(IoasUnmap.Row)
                    .WithIoctl(Option.Row)
                    .WithIoctl(VfioIoas.Row)
                    .WithIoctl(HwptAlloc.RowWith<HwptAlloc612>(s_rules))
                    .WithIoctl(GetHwInfo.Row612)
                    .WithIoctl(HwptInvalidate.RowOfHwpts)
                    .WithIoctl(HwptSetDirtyTracking.Row)
                    .WithDriver(Mock.Linux612)
                    .WithDriver(IntelVtd.Linux612)
                    .WithoutDrivers("arm-smmuv3", "amd", "no-hw-info", "no-user-alloc")
                    .WithIoctl(HwptGetDirtyBitmap.Row)
                    .WithIoctl(FaultQueueAlloc.Row)
                    .WithIoctl(TestOps.Row612)
                    .WithTestOps(MappingOps.Linux612)
                    .WithTestOps([
                        .. MockDomainOps.Rows,
                        .. SelftestAccessOps.Rows,
                        FaultOps.TriggerIopf,
                        DirtyPageOps.Linux612,
                    ]) with
                {
                    Containers = Containers.Linux612,
                    Attach = new AttachRules("linux-6.12")
                    {
                        Bind = ClaimThenAllocate.Bind,
                        AllocateAutomatic = HwptPaging.AutomaticWith(s_rules),
                        Domains = new DomainAttach612(),
                    },
                }
        )
        {
            Brings = [Bug.N5, Bug.N6, Bug.N9, Bug.N11, Bug.N16, Bug.N17, Bug.N18, Bug.N22],
            Fixes = [Bug.A04, Bug.A05, Bug.A15, Bug.A17, Bug.A22],
        };
}
