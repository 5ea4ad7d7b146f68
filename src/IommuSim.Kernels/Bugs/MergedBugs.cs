using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>Bugs of merged kernels, of what was reviewed for them, and our own.</summary>
internal static class MergedBugs
{
    public static ImmutableArray<KernelBug> All { get; } = [.. OfHwpts, .. MergedBugs7.All, .. MappingBugs.All];

    private static ImmutableArray<KernelBug> OfHwpts =>
        [
            new(
                Bug.A01,
                "destroy-takes-a-ref",
                "IOMMU_DESTROY counts as a holder while it looks for holders, so an unbind at that moment fails.",
                "99f98a7c0d69, CVE-2023-53795; 6.2 to 6.5"
            ),
            new(
                Bug.A02,
                "put-vs-free",
                "A put touches the object after a destroyer may have freed it.",
                "6f9c4d8c468c; 6.2 to 6.7"
            ),
            new(
                Bug.A03,
                "unlocked-group-hwpt-read",
                "Detach reads the group's hwpt before it takes the group's lock, and puts a stale one.",
                "read in 6.12; gone in 6.15"
            ),
            new(
                Bug.A04,
                "replace-unwind-wrong-hwpt",
                "A refused replace takes the reserved ranges out of the old IOAS and leaves them in the new one.",
                "950aeefb3492; 6.7 to 6.11"
            ),
            new(
                Bug.A05,
                "replace-unattached",
                "A replace succeeds for a member of a group that was never attached.",
                "55c85fa7579d; 6.6 to 6.15"
            ),
            new(
                Bug.A06,
                "abort-self-deadlock",
                "The abort of a hwpt takes the mutex that its allocation holds.",
                "70eadc7fc7ef; 6.2 to 6.6"
            ),
            new(
                Bug.A07,
                "finalize-after-unlock",
                "An automatic hwpt is on the list of its IOAS before its id is published.",
                "31422dff187b; 6.2 to 6.6"
            ),
            new(
                Bug.A08,
                "double-list-add",
                "Attaching to a hwpt by id adds it to the list of its IOAS a second time.",
                "b4ff830eca09, CVE-2023-54043; 6.2 to 6.3"
            ),
            new(
                Bug.A10,
                "same-ioas-failed-replace-drops-resv",
                "A refused replace inside one IOAS takes the reserved ranges of a device that stays attached.",
                "confirmed by running 7.3.4; no fix found"
            ),
            new(
                Bug.A12,
                "attach-scope-uaf",
                "The group's lock is dropped before a new hwpt is filled and published, so a detach may meet it.",
                "BN9PR11MB52767DA03C240F040929A2398C849, review of March 2023; seen on Linux 7.3.4: the half made is "
                    + "orphaned, or iommufd_object_remove() follows its reserved id to nothing"
            ),
            new(
                Bug.A13,
                "abba-igroup-vs-ioas-mutex",
                "The old hwpt is put with the group's lock held, and its destruction takes the IOAS's mutex.",
                "ZEFbfY/88a4PZ2Ny@nvidia.com, review of April 2023"
            ),
            new(
                Bug.A14,
                "cc-upgrade-on-attach",
                "An attach turns on cache coherency of a hwpt that was allocated without it.",
                "2ccabf81ddff; 6.2 to 6.7"
            ),
            new(
                Bug.A15,
                "foreign-parent",
                "A driver gets the parent domain of another driver and takes it for its own.",
                "73183ad6ea51; 6.7 to 6.12"
            ),
            new(Bug.A16, "junk-data-type", "A data type without any data is accepted.", "7adc0c1cfa77; 6.7 to 6.8"),
            new(
                Bug.A17,
                "missing-invalidate-op",
                "A nested hwpt is allocated without an invalidation op, and INVALIDATE calls NULL.",
                "a11dda723c64, CVE-2024-46824; 6.8 to 6.11"
            ),
            new(
                Bug.A18,
                "iopf-two-owners",
                "A fault group is on the driver's list and on iommufd's.",
                "738e6f32e61d, CVE-2026-74520; 6.11 to 7.2"
            ),
            new(
                Bug.A20,
                "abort-fd-race",
                "An object with a file is freed before the file's deferred release.",
                "4e034bf045b1, CVE-2025-39966; 6.11 to 6.17"
            ),
            new(
                Bug.A22,
                "invalidate-unbounded",
                "Only 32 bits bound the number of entries of an invalidation.",
                "4d70986002f2, CVE-2026-64289; 6.8 to 7.2"
            ),
            new(
                Bug.A24a,
                "hwinfo-buffer-not-cleared",
                "A driver without hw_info leaves the caller's buffer as it was.",
                "BL1PR11MB527103529CB229A58C2439FF8C7C9, review of hw info v3"
            ),
            new(
                Bug.A24b,
                "hwinfo-caller-length",
                "GET_HW_INFO returns the caller's length where it is the shorter one.",
                "ZNuogZV2eEeVwNX4@nvidia.com, review of hw info v7"
            ),
            new(
                Bug.A24c,
                "hwinfo-tail-not-cleared",
                "The bytes behind the information stay what the caller had there.",
                "ZNvEAWF8ljWHrcws@nvidia.com, review of hw info v7"
            ),
            new(
                Bug.A25,
                "hwinfo-null-op",
                "The test for the hw_info op is the wrong way round.",
                "ZNwYxJg0u7jAZRff@Asurada-Nvidia, review of hw info v7"
            ),
            new(
                Bug.A26,
                "ucmd-buffer-too-small",
                "A struct is missing in the union that ioctls are copied into.",
                "84798f284994; 6.2 to 6.3"
            ),
            new(
                Bug.A27,
                "min-size-field-wrong",
                "The least size names a field that is not the last, and what is missing reads as zero.",
                "Y1nAEfNBYMswuqiM@nvidia.com, found by syzkaller in review"
            ),
            new(
                Bug.A28,
                "vdevice-outlives-idevice",
                "A device is unbound while its virtual device lives on.",
                "850f14f5b919; 6.13 to 6.17"
            ),
            new(
                Bug.A34,
                "auto-domain-missing-backptr",
                "The domain of an automatic hwpt has no pointer to its hwpt.",
                "897008d0f767; 6.15"
            )
            {
                NotYet = "only software MSI windows read it for an automatic hwpt, and their pages are not modelled",
            },
            new(
                Bug.A36,
                "double-attach-same-device",
                "Attaching an attached device links a linked list node.",
                "read in 6.12; EBUSY in 7.3"
            ),
            new(
                Bug.A38,
                "error-pointer-as-handle",
                "An error pointer passes a test for NULL.",
                "595572aae3d0; before 6.11"
            )
            {
                NotYet = "in 6.12 and 7.3 every attachment has a handle, so that the lookup that failed never does",
            },
            new(
                Bug.N1,
                "replace-by-foreign-domain",
                "A replace by the domain of another driver is not refused as an attach is, and reaches the driver.",
                "found by the model: linux-6.8 compares owners at attach only"
            ),
            new(
                Bug.N2,
                "vtd-flush-warnings",
                "A page count of 0, a huge one, or an unaligned address in an invalidation entry is a warning in VT-d's queue.",
                "found by the model in linux-6.8"
            ),
            new(
                Bug.N3,
                "answer-after-the-deed",
                "MOCK_DOMAIN publishes its device before it copies the response, so EFAULT leaves it attached.",
                "found by the model in the base; 6.6 takes it back"
            ),
            new(
                Bug.N4,
                "orphaned-automatic-hwpt",
                "An attach that looks at an automatic hwpt while its last device leaves keeps it alive for good, and its IOAS busy.",
                "found by the model in every kernel: the look is a short hold, and the destroyer does not wait for it"
            ),
        ];
}
