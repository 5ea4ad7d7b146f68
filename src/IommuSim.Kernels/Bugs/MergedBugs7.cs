using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>Bugs of page faults, vIOMMUs, their queues, and mappings.</summary>
internal static class MergedBugs7
{
    public static ImmutableArray<KernelBug> All { get; } =
    [
        new(
            Bug.A19,
            "wrong-hwpt-autoresponse",
            "A replace answers the faults in the queue of the new hwpt, and those in the old one lose their handle.",
            "ba5c0f28a26e; 6.15 to 7.2"
        ),
        new(
            Bug.A30,
            "abort-inside-lock",
            "The abort of a vDEVICE takes the group's lock that its allocation holds.",
            "20241017185230.GS3559746@nvidia.com, review of October 2024"
        ),
        new(
            Bug.A31,
            "vdevice-early-publish",
            "A vDEVICE is found by its number before its driver has set it up.",
            "9be311cfbe61; 6.17 to 7.2"
        ),
        new(
            Bug.A32,
            "igroup-lock-leak",
            "The refusal of a driver's vDEVICE that is too small keeps the group's lock.",
            "339bd1159159; 6.17 to 7.2"
        ),
        new(
            Bug.A33,
            "viommu-iommu-dev-lifetime",
            "A vIOMMU points to an IOMMU without a reference.",
            "20240815181117.GN2032816@nvidia.com, review of August 2024"
        ),
        new(
            Bug.M01,
            "eventq-release-uaf",
            "A close reads the queue after it has dropped its reference.",
            "Fix event queue release use-after-free; 6.12.117, 7.3.3"
        ),
        new(
            Bug.M02,
            "fault-read-spins",
            "A read that cannot copy a group fetches it again for ever.",
            "172fc8b19825, CVE-2026-64290; 6.11 to 7.2"
        ),
        new(
            Bug.M03,
            "fault-read-partial-group",
            "A read counts the part of a group that it copied before it put the group back.",
            "091ab6d70dc4"
        ),
        new(
            Bug.M04,
            "short-read-looks-empty",
            "A read into too few bytes for the first group or event returns the same as one of an empty queue.",
            "read in 6.17 and 7.0: eventq.c:iommufd_fault_fops_read() and iommufd_veventq_fops_read()"
        ),
        new(
            Bug.M05,
            "fault-write-positive-on-efault",
            "A write that cannot copy its first response returns the number of bytes that were not copied.",
            "aaca2aa92785; catalogued as B05"
        ),
        new(
            Bug.M06,
            "response-code-unchecked",
            "An unknown response code of user space reaches the hardware.",
            "Add check on user response code; 6.11"
        ),
        new(
            Bug.M10,
            "veventq-depth-unbounded",
            "Only 32 bits bound the depth of a vEVENTQ.",
            "6ebf2eb46fbd, CVE-2026-64291; 6.15 to 7.2; catalogued as B10"
        ),
        new(
            Bug.M13,
            "vevent-header-without-payload",
            "A read counts the header of an event whose data it could not copy.",
            "Rewind header length in done if iommufd_veventq_fops_read() fails; catalogued as B13"
        ),
        new(
            Bug.M14,
            "vevent-alloc-fail-looks-empty",
            "A read without memory for the announcement of a loss returns the same as one of an empty queue.",
            "489e63dd120b; catalogued as B14"
        ),
        new(
            Bug.M28,
            "unmap-takes-new-areas",
            "An unmap begins anew after each area, and removes what was mapped meanwhile.",
            "fixed in 7.3; catalogued as B28"
        ),
        new(
            Bug.M34,
            "aligned-start-wraps",
            "The start of a free range wraps around when it is aligned.",
            "read in 6.17, where it is fixed"
        ),
        new(
            Bug.M38,
            "zero-length-dirty-bitmap",
            "A dirty bitmap of no length is one of all addresses.",
            "Reject a zero-length dirty bitmap request; 6.12.117, 7.3.4; catalogued as B38"
        ),
        new(
            Bug.M39a,
            "dirty-index-shift",
            "The size of a page of a dirty bitmap is shifted in an int.",
            "e24c15510592, CVE-2025-21724; 6.1 to 6.14; catalogued as B39"
        ),
        new(
            Bug.M39b,
            "dirty-index-division",
            "The place in a dirty bitmap is found by a division, by 0 for the largest pages.",
            "cb30dfa75d55, CVE-2025-40293; 6.1 to 6.18; catalogued as B39"
        ),
        new(
            Bug.N5,
            "offset-wraps-page-count",
            "A map of nearly all addresses passes the bound of its length, and a warning is reached.",
            "found by reading 6.12 and 7.3: pages.c:iopt_alloc_pages() adds the offset behind the bound"
        ),
        new(
            Bug.N6,
            "vtd-blocks-before-it-asks",
            "VT-d blocks a device before it checks whether it can attach, AMD before it has memory: a refusal leaves it blocked.",
            "found by the model in 7.3: intel_iommu_attach_device(), intel_nested_attach_dev(), amd_iommu_attach_device()"
        ),
        new(
            Bug.N7,
            "mock-keeps-refused-viommu",
            "The mock keeps the vIOMMU of a domain before its checks, also when it refuses the attach.",
            "found by reading 7.3, seen on Linux 7.3.4: selftest.c:mock_domain_nop_attach() sets viommu before "
                + "mock_dev_enable_iopf(); events for the device reach the vIOMMU, also when that is gone"
        ),
        new(
            Bug.N8,
            "selftest-takes-any-device",
            "Operations of the selftest take the device of another driver for one of the mock.",
            "found by the model in 7.3, seen on Linux 7.3.4: iommufd_test_dev_check_cache() says OK for a zero; "
                + "iommufd_test_trigger_vevent() takes a lock that is none. The fields lie inside struct pci_dev"
        ),
        new(
            Bug.N9,
            "faults-of-first-and-last",
            "Page faults are turned on for the device of a group that attaches first, and off for the one that leaves last.",
            "found by the model in 6.12.117: device.c:iommufd_hw_pagetable_attach() and _detach() reach the hwpt's "
                + "attach and detach for one device of the group alone; 7.3 leaves it to the driver, for each device"
        ),
        new(
            Bug.N10,
            "moved-though-it-says-efault",
            "MOCK_DOMAIN_REPLACE and PASID_REPLACE of the selftest return EFAULT though the device has moved.",
            "found by the model in every kernel: selftest.c:iommufd_test_mock_domain_replace()"
        ),
        new(
            Bug.N11,
            "handle-keeps-first-device",
            "The attach handle of a group keeps the device that attached first: faults of the others carry its dev_id, "
                + "and are read out of freed memory once it is gone.",
            "found by the model in 7.3, seen on Linux 7.3.4: eventq.c:iommufd_fault_fops_read() asks handle->idev; "
                + "since 6.11. driver.c:iommufd_sw_msi() follows it as well; answers and automatic answers do not"
        ),
        new(
            Bug.N12,
            "no-way-back-without-a-number",
            "A vDEVICE may be destroyed while its device is on a nested hwpt of its vIOMMU: a refused move of the group "
                + "cannot go back to that hwpt, and warns.",
            "found by the model in 7.3, seen on Linux 7.3.4: selftest.c:mock_domain_nop_attach() asks for the number of the "
                + "device again; iommu.c:__iommu_group_set_domain_internal() warns"
        ),
        new(
            Bug.N13,
            "depends-on-what-goes",
            "A hardware queue takes a reference on the one before it while that one is being destroyed: its count is 0.",
            "found by the model in 7.3: driver.c:_iommufd_object_depend() against iommufd_object_remove()"
        ),
        new(
            Bug.N14,
            "events-put-back-in-another-order",
            "Two readers of an event queue that both put an event back may put the later one before the earlier.",
            "found by the model in 7.3: eventq.c:iommufd_veventq_deliver_restore() adds at the head; a read of a vEVENTQ "
                + "holds no mutex"
        ),
        new(
            Bug.N15,
            "queue-forgets-its-index",
            "The mock does not keep the index of a hardware queue: the end of the second frees the place of the first, and "
                + "its own stays taken.",
            "found by a sweep of 7.3.4's own C: selftest.c:mock_hw_queue_destroy() reads an index that "
                + "mock_hw_queue_init_phys() never stores"
        ),
        new(
            Bug.N16,
            "response-frees-cookie-0",
            "A response to cookie 0, which is refused, frees the number 0: the next fault that is read has it.",
            "found by fuzz --against of Linux 7.3.4's own C, seen on Linux 7.3.4: eventq.c:iommufd_fault_fops_write() "
                + "erases before it knows the cookie; since 6.11"
        ),
        new(
            Bug.N17,
            "dirty-entry-out-of-range",
            "A large entry that is dirty is recorded whole in a bitmap of a part of it: from a start before the bitmap's "
                + "range no bit is set, and behind its end bits are set in the program's memory.",
            "found by fuzz of Linux 7.3.4's own C, seen on Linux 7.3.4: iommu_pt.h:record_dirty() and "
                + "iova_bitmap.c:iova_bitmap_set()"
        ),
        new(
            Bug.N18,
            "container-maps-without-permission",
            "VFIO_IOMMU_MAP_DMA takes no permission at all, which a page table warns of.",
            "found by fuzz of Linux 7.3.4's own C, seen on Linux 7.3.4: vfio_compat.c:iommufd_vfio_map_dma(); VFIO's own "
                + "container answers EINVAL"
        ),
        new(
            Bug.N19,
            "change-process-moves-no-count",
            "Pages of a program with CAP_IPC_LOCK that another process takes over stay counted as pinned of the first.",
            "found by fuzz of Linux 7.3.4's own C, seen on Linux 7.3.4: ioas.c:need_charge_update()"
        ),
        new(
            Bug.N20,
            "viommu-on-a-foreign-parent",
            "A vIOMMU may be allocated on a nesting parent of another driver, whose domain the driver takes for its own.",
            "read in 7.3.4, and not tried, for it takes an SMMUv3: viommu.c:iommufd_viommu_alloc_ioctl() looks at nest_parent alone; since 6.13"
        ),
        new(
            Bug.N21,
            "invalidation-too-large-to-copy",
            "The entries of an invalidation by vIOMMU can need more than the page allocator has, which warns of it.",
            "read in 7.3.4: mock_viommu_cache_invalidate() and arm_vsmmu_cache_invalidate() allocate for up to 2^19 entries; "
                + "since 6.13, until 7.2 for any number"
        ),
        new(
            Bug.N22,
            "copy-of-half-pages-maps-on",
            "IOAS_COPY checks the length of all pieces and not of each: without large pages one that is no whole page is "
                + "mapped page by page until a page cannot be, far behind its memory, and then all is unmapped.",
            "found by fuzz of linux-7.3/fixed, seen on Linux 7.3.4 (WARNING, ERANGE after 15 s): "
                + "pages.c:batch_iommu_map_small(), whose size wraps below 0; in every kernel that maps"
        ),
        new(
            Bug.T1,
            "callers-not-serialised",
            "Attach, replace, detach and unbind trust their caller to hold the device and to call one at a time, as VFIO does.",
            "drivers/vfio/iommufd.c; in every kernel"
        ),
        new(
            Bug.T2,
            "way-back-may-fail",
            "Blocking a group, or going back after a refused attach, trusts drivers not to need memory, and warns where they do.",
            "drivers/iommu/iommu.c:__iommu_group_set_domain_internal(); in every kernel"
        ),
        new(
            Bug.T3,
            "driver-mistakes-warn",
            "A nested domain that a driver should not have allocated is a warning as well as an error.",
            "hw_pagetable.c:iommufd_hwpt_nested_alloc(); from 6.7 on"
        ),
    ];
}
