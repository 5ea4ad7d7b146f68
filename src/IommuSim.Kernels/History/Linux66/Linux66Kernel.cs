using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.Base;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Linux66;

/// <summary>Replace and hardware information, no nesting.</summary>
internal static class Linux66Kernel
{
    public static KernelNode Node { get; } =
        new(
            "linux-6.6",
            BaseKernels.Base,
            "Replace and GET_HW_INFO are merged; the type comes from the driver's op, and no list of hwpt types.",
            "Linux 6.6; jgg iommufd_alloc v8, hw info v9",
            static spec =>
                spec.WithIoctl(Linux66HwptAlloc.Row)
                    .WithIoctl(GetHwInfo66.Linux66)
                    .WithDriver(Mock.Linux66)
                    .WithDriver(IntelVtd.Linux66) with
                {
                    Lifetime = Linux66Lifetime.Row,
                    Attach = AttachOf("linux-6.6", Linux66HwptAlloc.Rules, static hwpt => hwpt) with
                    {
                        ReservesIn = static hwpt => hwpt.Ioas,
                    },
                }
        )
        {
            Fixes = [Bug.A01, Bug.A06, Bug.A07, Bug.B6, Bug.B28, Bug.B29, Bug.J4, Bug.N3],
        };

    /// <summary>Attach, replace and detach as merged, until 6.8.</summary>
    /// <param name="msiOf">See <see cref="PlainDomainAttach"/>.</param>
    internal static AttachRules AttachOf(string name, HwptRules rules, Func<HwPagetable, HwPagetable?> msiOf) =>
        new(name)
        {
            Bind = ClaimThenAllocate.Bind,
            AllocateAutomatic = HwptPaging.AutomaticWith(rules),
            Domains = new PlainDomainAttach(msiOf),
        };
}
