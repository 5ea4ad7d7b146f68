using System.Collections.Immutable;
using IommuSim.Uapi;

namespace IommuSim.Search.Recordings;

/// <summary>
/// Test operations that no model has: accesses, dirty pages and dma-bufs. From
/// drivers/iommu/iommufd/iommufd_test.h, v7.3.
/// </summary>
internal static class OwnLayouts
{
    private const int Size = 72;

    public static ImmutableArray<CallLayout> All { get; } =
    [
        Of("IOMMU_TEST_OP_CREATE_ACCESS", 5, new("out_access_fd", 16, 4), new("flags", 20, 4)),
        Of("IOMMU_TEST_OP_DESTROY_ACCESS_PAGES", 6, new LayoutField("access_pages_id", 16, 4)),
        Of(
            "IOMMU_TEST_OP_ACCESS_PAGES",
            7,
            new("flags", 16, 4),
            new("out_access_pages_id", 20, 4),
            new("iova", 24, 8),
            new("length", 32, 8),
            new("uptr", 40, 8)
        ),
        Of(
            "IOMMU_TEST_OP_ACCESS_RW",
            8,
            new("iova", 16, 8),
            new("length", 24, 8),
            new("uptr", 32, 8),
            new("flags", 40, 4)
        ),
        Of("IOMMU_TEST_OP_ACCESS_REPLACE_IOAS", 11, new LayoutField("ioas_id", 16, 4)),
        Of(
            "IOMMU_TEST_OP_DIRTY",
            13,
            new("flags", 16, 4),
            new("iova", 24, 8),
            new("length", 32, 8),
            new("page_size", 40, 8),
            new("uptr", 48, 8),
            new("out_nr_dirty", 56, 8)
        ),
        Of("IOMMU_TEST_OP_DMABUF_GET", 22, new("length", 16, 4), new("open_flags", 20, 4)),
        Of("IOMMU_TEST_OP_DMABUF_REVOKE", 23, new("dmabuf_fd", 16, 4), new("revoked", 20, 4)),
    ];

    private static CallLayout Of(string name, uint op, params ReadOnlySpan<LayoutField> fields) =>
        new(name, IoctlNumber.Request(IoctlNumber.IOMMU_TEST_CMD), Size, op, [new LayoutField("id", 8, 4), .. fields]);
}
