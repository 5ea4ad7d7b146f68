using IommuSim.Iommufd;
using IommuSim.Kernels.History.Mainline.Linux73;
using IommuSim.Machine.Reports;

namespace IommuSim.Kernels.History.Mainline;

/// <summary>Attach, replace and detach as merged.</summary>
internal static class MainlineAttachRules
{
    /// <summary>6.6: one kind of hwpt, coherency at every attach.</summary>
    public static AttachRules Linux66 { get; } =
        new("linux-6.6")
        {
            AllocateAutomatic = HwptPaging.AllocateAutomatic,
            ReservesIn = static hwpt => hwpt.Ioas,
            UnreservesOnFailure = static (_, hwpt) => hwpt.Ioas,
            EnforcesCoherencyAtAttach = true,
        };

    /// <summary>6.7 and 6.8: reservations and MSI windows for paging hwpts only.</summary>
    public static AttachRules Linux67 { get; } =
        new("linux-6.7")
        {
            AllocateAutomatic = HwptPaging.AllocateAutomatic,
            ReservesIn = static hwpt => IsPaging(hwpt) ? hwpt.Ioas : null,
            MsiOf = static hwpt => IsPaging(hwpt) ? hwpt : null,
            UnreservesOnFailure = UnreservesInOld,
        };

    /// <summary>6.12: attach handles, and a nested hwpt reserves in its parent's IOAS.</summary>
    public static AttachRules Linux612 { get; } =
        new("linux-6.12")
        {
            Ops = new AttachByIds(HwptRules.Linux612, new DomainAttach(TurnsFaultsOn: true, ReservesHandle: false)).Ops,
            AllocateAutomatic = HwptPaging.AllocateAutomatic,
            ReservesIn = static hwpt => (hwpt.Parent ?? hwpt).Ioas,
            UnreservesOnFailure = static (_, hwpt) => (hwpt.Parent ?? hwpt).Ioas,
            RefusesReplaceOfUnattached = true,
        };

    /// <summary>7.3: devices attach by PASID too, and once.</summary>
    public static AttachRules Linux73 { get; } =
        Linux612 with
        {
            Name = "linux-7.3",
            Ops = new AttachByIds(HwptRules.Linux73, new DomainAttach(TurnsFaultsOn: false, ReservesHandle: true)).Ops,
            AllocatesDeviceFirst = true,
            ReadsHwptUnderLock = true,
            RefusesSecondAttach = true,
        };

    private static bool IsPaging(HwPagetable hwpt) => hwpt.Type == ObjectType.HwPagetable;

    /// <summary>
    /// The unwind of a failed replace takes the old hwpt for the new one, and for a paging one: of a nested
    /// hwpt the parent's pointer lies where a paging one has its IOAS.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_do_replace(), v6.7; fixed in 6.11.
    private static Ioas? UnreservesInOld(HwPagetable old, HwPagetable hwpt)
    {
        const string Site = "iommufd_device_do_replace";
        if (IsPaging(old))
            return old.Ioas;
        old.Context.Machine.Report(
            ReportKind.SlabOutOfBounds,
            Site,
            "a nested hwpt is taken for a paging one: its parent is used as an IOAS"
        );
        return null;
    }
}
