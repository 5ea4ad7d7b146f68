using System.Collections.Immutable;
using IommuSim.Drivers.IntelVtd;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// One kernel for each bug: the fitting fixed one, plus one bug. A finding on one of them is that bug.
/// </summary>
internal static class BugKernels
{
    /// <summary>Those that the searches find from every seed.</summary>
    public static ImmutableArray<KernelNode> All { get; } =
    [
        .. Of(
            FixedKernels.Linux68,
            [
                Bug.A03,
                Bug.A04,
                Bug.A05,
                Bug.A07,
                Bug.A08,
                Bug.A10,
                Bug.A12,
                Bug.A13,
                Bug.A14,
                Bug.A36,
                Bug.N1,
                Bug.A01,
                Bug.A02,
                Bug.A06,
                Bug.N4,
            ]
        ),
        .. Of(FixedKernels.FaultQueues, [Bug.A20]),
        Of(FixedKernels.Linux68, Bug.A15, delta: static spec => spec.WithDriver(IntelVtd.Linux68TrustingCore)),
        .. Of(FixedKernels.Linux67, [Bug.A16]),
        .. Of(
            FixedKernels.Linux68,
            [Bug.A17, Bug.A22, Bug.N2, Bug.A24a, Bug.A24b, Bug.A24c, Bug.A25, Bug.A26, Bug.A27]
        ),
        .. Of(
            FixedKernels.Linux73,
            [
                Bug.N6,
                Bug.N8,
                Bug.A18,
                Bug.A19,
                Bug.A28,
                Bug.A30,
                Bug.A31,
                Bug.A32,
                Bug.A33,
                Bug.M01,
                Bug.M02,
                Bug.M06,
                Bug.M10,
                Bug.M13,
                Bug.M14,
                Bug.M34,
                Bug.M38,
                Bug.M39a,
                Bug.M39b,
                Bug.N5,
                Bug.N17,
                Bug.N18,
                Bug.N19,
            ]
        ),
        .. Of(FixedKernels.SmmuV3, [Bug.B1, Bug.B2, Bug.B4, Bug.B5]),
        Of(FixedKernels.SmmuV3, Bug.B7) with
        {
            Build = new BuildSwitches(IommufdTest: false),
        },
        .. Of(
            FixedKernels.SmmuV3,
            [
                Bug.L1,
                Bug.B3,
                Bug.B8,
                Bug.B9,
                Bug.B10,
                Bug.B11,
                Bug.B15,
                Bug.B18,
                Bug.B19,
                Bug.B23,
                Bug.B25,
                Bug.B26,
                Bug.B12,
                Bug.B13,
                Bug.B20,
                Bug.B30,
                Bug.B31,
                Bug.B6,
                Bug.B28,
                Bug.B29,
            ]
        ),
        .. Of(FixedKernels.Linux68, [Bug.L3]),
        .. Of(FixedKernels.SmmuV3, [Bug.A24a, Bug.A06, Bug.A07, Bug.A10], "-in-v1"),
        .. Of(FixedKernels.Linux68, [Bug.L6]),
        .. Of(FixedKernels.Linux73, [Bug.P20, Bug.P21, Bug.P22, Bug.P23, Bug.P24, Bug.P25]),
        .. Of(
            FixedKernels.Linux73,
            [Bug.P01, Bug.P02, Bug.P03, Bug.P04, Bug.P05, Bug.P06, Bug.P07, Bug.P08, Bug.P09, Bug.P30, Bug.P31]
        ),
        .. Of(FixedKernels.Linux612, [Bug.N9, Bug.C22]),
        .. Of(
            FixedKernels.Linux73,
            [
                Bug.M19,
                Bug.M25,
                Bug.M31,
                Bug.M32,
                Bug.M33,
                Bug.M36,
                Bug.M40a,
                Bug.C01,
                Bug.C02,
                Bug.C06,
                Bug.C11,
                Bug.C12,
                Bug.C13,
                Bug.C14,
                Bug.C15,
                Bug.C17,
                Bug.C25,
                Bug.C26,
            ]
        ),
        .. Of(
            FixedKernels.Linux73,
            [Bug.N7, Bug.N11, Bug.P10, Bug.P11, Bug.P12, Bug.P13, Bug.P14, Bug.P15, Bug.P16, Bug.P17, Bug.P18, Bug.P19]
        ),
    ];

    /// <summary>
    /// Those that directed tests and scenarios show and the searches do not find, or not from every seed: they look at
    /// no result of a race, raise no group of several faults, and seldom have what those from N12 on need; M04 and M05,
    /// of releases that are history, are no goal of a hunt.
    /// </summary>
    public static ImmutableArray<KernelNode> Unhunted { get; } =
    [
        .. Of(
            FixedKernels.Linux73,
            [
                Bug.M03,
                Bug.M04,
                Bug.M05,
                Bug.M28,
                Bug.N12,
                Bug.N13,
                Bug.N14,
                Bug.N15,
                Bug.N16,
                Bug.N20,
                Bug.N21,
                Bug.N22,
                Bug.M20,
                Bug.M40b,
                Bug.C10,
            ]
        ),
    ];

    private static KernelNode[] Of(KernelNode parent, Bug[] bugs, string suffix = "") =>
        Array.ConvertAll(bugs, bug => Of(parent, bug, suffix));

    /// <param name="delta">Another driver, where those of the parent check for themselves.</param>
    private static KernelNode Of(
        KernelNode parent,
        Bug bug,
        string suffix = "",
        Func<IommufdSpec, IommufdSpec>? delta = null
    )
    {
        var known = BugCatalog.Of(bug);
        var name = $"bugs/{bug}-{known.Name}{suffix}";
        return new KernelNode(name, parent, known.Description, known.Source, delta ?? (static spec => spec))
        {
            Brings = [bug],
            Build = parent.Build,
        };
    }
}
