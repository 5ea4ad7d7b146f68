using System.Collections.Immutable;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>
/// What the real kernel has beside the rows of its model: operations of IOMMU_TEST_CMD, and calls of VFIO's
/// containers. Kernels made of C are asked for it; a model returns what it does for an unknown number.
/// </summary>
internal static class UnmodelledOps
{
    public static ImmutableArray<TestOpRow> Linux612 { get; } =
    [Op<TestDirty>(SelftestConstants.IOMMU_TEST_OP_DIRTY, "DIRTY")];

    /// <summary>For the IOAS that IOMMU_VFIO_IOAS sets.</summary>
    public static ImmutableArray<IoctlRow> Containers { get; } =
    [IoctlRow.SizeOnly<VfioIommuInfo>(), IoctlRow.SizeOnly<VfioDmaMap>(), IoctlRow.SizeOnly<VfioDmaUnmap>()];

    private static TestOpRow Op<T>(uint number, string name)
        where T : unmanaged => new(number, "IOMMU_TEST_OP_" + name, typeof(T), static _ => Errno.EOPNOTSUPP);
}
