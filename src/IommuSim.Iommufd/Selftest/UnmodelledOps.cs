using System.Collections.Immutable;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>
/// What the real kernel has beside the rows of its model: operations of IOMMU_TEST_CMD. Kernels made of C are asked for it; a model returns what it does for an unknown number.
/// </summary>
internal static class UnmodelledOps
{
    public static ImmutableArray<TestOpRow> Linux612 { get; } =
    [
        Op<TestCreateAccess>(SelftestConstants.IOMMU_TEST_OP_CREATE_ACCESS, "CREATE_ACCESS"),
        Op<TestDestroyAccessPages>(SelftestConstants.IOMMU_TEST_OP_DESTROY_ACCESS_PAGES, "DESTROY_ACCESS_PAGES"),
        Op<TestAccessPages>(SelftestConstants.IOMMU_TEST_OP_ACCESS_PAGES, "ACCESS_PAGES"),
        Op<TestAccessRw>(SelftestConstants.IOMMU_TEST_OP_ACCESS_RW, "ACCESS_RW"),
        Op<TestAccessReplaceIoas>(SelftestConstants.IOMMU_TEST_OP_ACCESS_REPLACE_IOAS, "ACCESS_REPLACE_IOAS"),
    ];

    public static ImmutableArray<TestOpRow> Linux73 { get; } =
    [
        .. Linux612,
        Op<TestDmabufGet>(SelftestConstants.IOMMU_TEST_OP_DMABUF_GET, "DMABUF_GET"),
        Op<TestDmabufRevoke>(SelftestConstants.IOMMU_TEST_OP_DMABUF_REVOKE, "DMABUF_REVOKE"),
    ];

    private static TestOpRow Op<T>(uint number, string name)
        where T : unmanaged => new(number, "IOMMU_TEST_OP_" + name, typeof(T), static _ => Errno.EOPNOTSUPP);
}
