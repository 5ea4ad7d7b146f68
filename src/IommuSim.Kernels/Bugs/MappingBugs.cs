using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// Bugs of mappings, pages, accesses, containers and dirty bitmaps that Linux or a series for it had. Those of the
/// kernel's batches of pfns are not here: a batch is one run in the model.
/// </summary>
internal static class MappingBugs
{
    public static ImmutableArray<KernelBug> All { get; } =
    [
        new(
            Bug.M19,
            "access-list-id-overwrite",
            "An access that an IOAS refuses has that table's number, and when it leaves its own IOAS another one goes.",
            "aeb004c0cd69, CVE-2024-26786; 6.6 to 6.8; catalogued as B19"
        ),
        new(
            Bug.M20,
            "access-change-null-window",
            "The IOAS of an access that is being moved is followed without its lock, and is NULL.",
            "cf7c2789822d, CVE-2024-26785; 6.6 to 6.8; catalogued as B20"
        ),
        new(
            Bug.M25,
            "unpin-without-revoke",
            "What the kernel itself pins for a hardware queue is not locked, and an unmap waits for it in vain.",
            "20250515160620.GJ382960@nvidia.com, review of May 2025; catalogued as B25"
        ),
        new(
            Bug.M31,
            "change-process-null-pages",
            "A change of the process follows the pages of an area that is being mapped.",
            "d616de490ec0; 6.13 to 7.3; catalogued as B31"
        ),
        new(
            Bug.M32,
            "change-process-keeps-an-ioas",
            "A change of the process without memory to note an IOAS leaves it locked and held.",
            "4ac2ce123824; catalogued as B32"
        ),
        new(
            Bug.M33,
            "container-unmap-of-nothing",
            "An unmap of a container's empty range is an error, which it is not for VFIO.",
            "afb47765f923; 6.2 to 6.18; catalogued as B33"
        ),
        new(
            Bug.M36,
            "alignment-misses-the-page-offset",
            "Larger pages are accepted for mappings whose memory does not begin with one.",
            "Y1qJJKnf2TTqznzc@nvidia.com, review of 2022; catalogued as B36"
        ),
        new(
            Bug.M40a,
            "bitmap-set-out-of-bounds",
            "A large page at the end of a dirty bitmap sets bits in pages that are not pinned.",
            "a4ab7dedaee0; 6.7 to 6.8; catalogued as B40"
        ),
        new(
            Bug.M40b,
            "bitmap-behind-its-window",
            "A bitmap that does not begin with a page is pinned a page short, and what is dirty behind that is dropped.",
            "4bbcbc6ea2fa, 2780025e01e2; 6.7 to 6.8; catalogued as B40"
        ),
        new(
            Bug.C01,
            "split-area-itree",
            "The parts of a mapping that is cut are not linked to its pages, and the whole is freed and stays there.",
            "e7250ab7ca49, CVE-2023-52801; 6.2 to 6.7"
        ),
        new(
            Bug.C02,
            "unpin-past-end",
            "A domain that leaves pages of which an access holds some unpins as many behind their end.",
            "727c28c1cef2, CVE-2023-53630; 6.2 to 6.3"
        ),
        new(
            Bug.C06,
            "pin-count-kept-on-error",
            "Pages that are pinned before one cannot be are unpinned and stay counted.",
            "Y2QfqAWxqT5cCfmN@nvidia.com, review of 2022"
        ),
        new(
            Bug.C10,
            "access-count-unlocked",
            "Accesses of an area are counted without the lock of its pages.",
            "Y3KCvnLOZpGXAGhU@nvidia.com, review of 2022"
        ),
        new(
            Bug.C11,
            "dma-buf-freed-while-attached",
            "The pages of a dma-buf are freed before its exporter stops to tell them of a revocation.",
            "f2d70dbd3dce, CVE-2026-74328; 6.19 to 7.2"
        ),
        new(Bug.C12, "access-pins-a-dma-buf", "An access can pin what a dma-buf maps.", "5f3fc0ad9a41; fixed in 7.2"),
        new(
            Bug.C13,
            "dma-buf-loses-mmio",
            "A dma-buf is mapped as memory into the second domain and those after it.",
            "Keep dmabuf PFNs MMIO when filling another domain; 7.3.4"
        ),
        new(
            Bug.C14,
            "container-info-leaks",
            "VFIO_IOMMU_GET_INFO copies out padding that was never set.",
            "b3551ead6163, CVE-2023-54034; 6.2 to 6.3"
        ),
        new(
            Bug.C15,
            "container-info-lock-order",
            "VFIO_IOMMU_GET_INFO takes the lock of the domains inside that of the mappings.",
            "Y1qR6Zxdmuk+ME5z@nvidia.com, review of 2022"
        ),
        new(
            Bug.C17,
            "container-unmap-hides-efault",
            "VFIO_IOMMU_UNMAP_DMA succeeds though its answer cannot be copied.",
            "kernel-janitors of 2022, Coverity 1527093"
        ),
        new(
            Bug.C22,
            "vtd-parent-without-batch",
            "A VT-d parent that only nested domains use has no batch of invalidations, and an unmap follows NULL.",
            "74536f91962d, CVE-2024-56668; 6.12 to 6.13"
        ),
        new(
            Bug.C25,
            "mock-fault-borrows-handle",
            "The mock raises a page fault while the attachment whose handle it uses can go.",
            "8c07df7cdfcf, CVE-2026-89445"
        ),
        new(
            Bug.C26,
            "mock-check-wraps",
            "MD_CHECK_MAP takes memory that ends beyond all addresses.",
            "fd8c1a4aee97, CVE-2023-53327"
        ),
    ];
}
