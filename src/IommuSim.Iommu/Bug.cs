using System.Runtime.CompilerServices;
using IommuSim.Machine;

namespace IommuSim.Iommu;

/// <summary>
/// A bug that a kernel of the tree has or had. Modelled code asks for one at the place where it lives:
/// <c>machine.Has(Bug.A18)</c>. A release adds and removes them, so that this is its history of bugs, executable; a
/// fixed kernel has none. What each one is, its source and its name are in the catalog of IommuSim.Kernels. The letter
/// is where it was found:
/// <list type="bullet">
/// <item>A: merged iommufd, its core: objects, attach, hw_pagetables, hardware information, invalidation,
/// vIOMMUs.</item>
/// <item>M: merged iommufd, the rest: queues, mappings.</item>
/// <item>B: the March 2023 nesting series, v1 and its companions.</item>
/// <item>J: the series that it was written against.</item>
/// <item>L: later revisions of the nesting series, and of the one for hardware information.</item>
/// <item>N: found by IommuSim.</item>
/// <item>P: planted: typical mistakes of a patch, of our own making; no kernel had them.</item>
/// <item>T: no bug of a kernel but a trust in callers and drivers, which a search does not deserve.</item>
/// </list>
/// </summary>
internal enum Bug
{
    A01,
    A02,
    A03,
    A04,
    A05,
    A06,
    A07,
    A08,
    A10,
    A12,
    A13,
    A14,
    A15,
    A16,
    A17,
    A18,
    A19,
    A20,
    A22,
    A24a,
    A24b,
    A24c,
    A25,
    A26,
    A27,
    A28,
    A30,
    A31,
    A32,
    A33,
    A34,
    A36,
    A38,
    M01,
    M02,
    M03,
    M06,
    M10,
    M13,
    M14,
    M28,
    M34,
    M38,
    M39a,
    M39b,
    B1,
    B2,
    B3,
    B4,
    B5,
    B6,
    B7,
    B8,
    B9,
    B10,
    B11,
    B12,
    B13,
    B14,
    B15,
    B17,
    B18,
    B19,
    B20,
    B21,
    B22,
    B23,
    B24,
    B25,
    B26,
    B27,
    B28,
    B29,
    B30,
    B31,
    B32,
    J4,
    L1,
    L2,
    L3,
    L6,
    L7,
    L8,
    L9,
    L10,
    N1,
    N2,
    N3,
    N4,
    N5,
    N6,
    N7,
    N8,
    N9,
    N10,
    N11,
    N12,
    N13,
    N14,
    N15,
    N16,
    N17,
    N18,
    N19,
    N20,
    P01,
    P02,
    P03,
    P04,
    P05,
    P06,
    P07,
    P08,
    P09,
    P10,
    P11,
    P12,
    P13,
    P14,
    P15,
    P16,
    P17,
    P18,
    P19,
    P20,
    P21,
    P22,
    P23,
    P24,
    P25,
    P30,
    P31,
    T1,
    T2,
    T3,
}

/// <summary>Asking a machine for a bug of its kernel.</summary>
internal static class KernelBugs
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(this KernelMachine machine, Bug bug) => machine.HasBug((int)bug);

    public static BugSet SetOf(params IEnumerable<Bug> bugs) => BugSet.Of(bugs.Select(bug => (int)bug));
}
