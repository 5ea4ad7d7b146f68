using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Drivers.Mock;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Kernels.History.Mainline;

namespace IommuSim.Kernels.Bugs;

/// <summary>As <see cref="FixedKernels"/>, of the kernels that deliver page faults and map memory.</summary>
internal static class FixedKernels7
{
    private const string Mends =
        "a failed replace takes back only what it reserved (A10), a new automatic hwpt is whole before the group is unlocked (A12), replace looks at the driver (N1), an automatic "
        + "hwpt ends with its last device (N4), a length whose pages cannot be counted is refused (N5)";

    public static KernelNode Linux612 { get; } =
        new(
            "linux-6.12/fixed",
            Linux612Kernel.Node,
            $"Linux 6.12.117, mended: detach reads the group under its lock (A03), a device attaches once (A36), page faults "
                + $"are for groups of one device (N9), {Mends}.",
            "ours, from the fixes that the catalog names",
            static spec => Mended(spec with { Attach = FaultsOfOneDevice(spec.Attach) }, MendedLifetime.Row)
        )
        {
            Mends = Linux612Kernel.Node.Bugs,
        };

    public static KernelNode Linux73 { get; } =
        new(
            "linux-7.3/fixed",
            Linux73Kernel.Node,
            $"Linux 7.3.4, mended: {Mends}, a refused attach leaves the device where it was (N6, N7), and the selftest's "
                + "operations look whose device they are given (N8).",
            "ours; no fixes upstream",
            static spec =>
                Mended(spec, MendedLifetime.WaitCountRow)
                    .WithDriver(Mock.Linux73Mended)
                    .WithDriver(IntelVtd.Linux73Mended)
                    .WithTestOps(PasidOps.Mended)
                    .WithTestOps(VdeviceOps.Mended)
        )
        {
            Mends = Linux73Kernel.Node.Bugs,
        };

    public static ImmutableArray<KernelNode> All { get; } = [Linux612, Linux73];

    private static AttachRules FaultsOfOneDevice(AttachRules rules) => rules with { DeliversFaultsOfOneDevice = true };

    private static IommufdSpec Mended(IommufdSpec spec, ObjectLifetime lifetime)
    {
        var operations = spec.WithTestOps(MockDomainOps.Mended).TestOps;
        return FixedKernels.Mended(spec, spec.Attach.AllocateAutomatic) with
        {
            Lifetime = lifetime,
            TestOps = operations,
            Groups = spec.Groups with { ChecksOwnerAtReplace = true, CannotFailBackwards = true },
            Mapping = spec.Mapping with { CountsOffsetInLength = true },
        };
    }
}
