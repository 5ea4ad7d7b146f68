using System.Collections.Immutable;
using IommuSim.Iommu;

namespace IommuSim.Kernels.Bugs;

/// <summary>Bugs of the nesting series, of its base and of its revisions.</summary>
internal static class SeriesBugs
{
    public static ImmutableArray<KernelBug> All { get; } =
    [
        new(
            Bug.B1,
            "aliased-type",
            "A type past 31 wraps to a supported bit, and its size is read past the table.",
            "v1 06/12 and 08/12"
        ),
        new(
            Bug.B2,
            "mock-supports-everything",
            "The mock is advertised with types that no table has, and their size is read past it.",
            "v1 09/12"
        ),
        new(Bug.B3, "unset-errno", "A domain of the wrong type returns an errno that was never set.", "v1 04/12"),
        new(
            Bug.B4,
            "unbounded-advertising",
            "GET_HW_INFO indexes the array of types without looking at its bound.",
            "v1 08/12"
        ),
        new(
            Bug.B5,
            "bound-is-a-warning",
            "A plain allocation for a driver past the array warns and fails.",
            "v1 08/12"
        ),
        new(
            Bug.B6,
            "no-hw-info-no-answer",
            "Without hw_info a driver's types cannot be learned.",
            "v1 08/12 on hw info v2"
        ),
        new(
            Bug.B7,
            "unset-length",
            "In a production build the length of a request of the mock's type is never set.",
            "v1 12/12"
        ),
        new(
            Bug.B8,
            "selftest-type-on-a-real-domain",
            "A request of the mock's type reaches a real driver, which reads further than it goes.",
            "v1 12/12"
        ),
        new(Bug.B9, "type-of-another-driver", "The type of a request is not compared with the hwpt's own.", "v1 07/12"),
        new(Bug.B10, "refusal-is-success", "The driver's errno for a request is dropped.", "v1 02/12 and 07/12"),
        new(
            Bug.B11,
            "missing-invalidate-op",
            "A nested domain without an invalidation op is invalidated all the same.",
            "v1 07/12"
        ),
        new(
            Bug.B12,
            "null-data",
            "A nested domain without data: the driver dereferences NULL.",
            "VT-d companion of v1, 5/5"
        ),
        new(
            Bug.B13,
            "mock-does-not-block",
            "The mock returns a paging domain where a blocking one is asked for.",
            "v1 09/12"
        ),
        new(Bug.B14, "cut-test-value", "Half of the mock's test value is lost.", "v1 09/12"),
        new(
            Bug.B15,
            "coherency-of-a-nested-domain",
            "Coherency is forced on nested domains that cannot, with a warning.",
            "v1 04/12"
        ),
        new(Bug.B18, "every-refusal-is-no-memory", "Every refusal of the driver is ENOMEM.", "v1 01/12"),
        new(Bug.B17, "parent-is-linked-again", "A nested allocation links its parent and not itself.", "v1 05/12"),
        new(Bug.B19, "data-without-op", "Data for a driver that takes none is ignored.", "v1 04/12"),
        new(
            Bug.B20,
            "foreign-parent",
            "A parent of another driver reaches a driver that does not check it.",
            "VT-d companion of v1, 5/5"
        ),
        new(Bug.B21, "any-parent", "Any paging hwpt may be a parent.", "v1 06/12"),
        new(
            Bug.B22,
            "raised-minimum",
            "Callers with the smaller struct of the base are refused.",
            "v1 06/12 and 08/12"
        ),
        new(Bug.B23, "data-without-type", "Data without a type is ignored.", "v1 06/12"),
        new(
            Bug.B24,
            "unknown-pt-is-einval",
            "An unknown pt_id is EINVAL where it was ENOENT.",
            "v1 06/12; kept when merged"
        ),
        new(Bug.B25, "unbounded-tail", "The number of zeroes checked behind the data has no bound.", "v1 06/12"),
        new(Bug.B26, "short-data", "Data that ends early is zero from there on.", "v1 06/12"),
        new(
            Bug.B27,
            "type-without-a-bit",
            "The mock's type is past the bitmap that says it is supported.",
            "v1 08/12 and 09/12"
        ),
        new(Bug.B28, "negative-zero-fill", "Of a buffer longer than 2 GiB nothing is zeroed.", "hw info v2"),
        new(Bug.B29, "caller-length", "The kernel's length cannot be learned.", "hw info v2"),
        new(
            Bug.B30,
            "vtd-unchecked-request",
            "VT-d ignores what it does not understand and warns of a count of 0.",
            "VT-d companion of v1, 5/5"
        ),
        new(
            Bug.B31,
            "smmuv3-unchecked-request",
            "SMMUv3 ignores what it does not understand and queues as many commands as a range has granules.",
            "SMMUv3 companion of v1, 14/14"
        ),
        new(
            Bug.B32,
            "data-without-parent",
            "A driver ignores the data of a hwpt that has no parent.",
            "v1 09/12, and the VT-d companion of v1, 5/5"
        ),
        new(
            Bug.J4,
            "replace-of-nothing",
            "A replace dereferences the group's hwpt without a check that there is one.",
            "jgg iommufd_alloc v2; v7"
        ),
        new(
            Bug.L1,
            "put-of-nothing",
            "An unknown type warns, and its error path puts an object that was never looked up.",
            "v2 06/11"
        ),
        new(Bug.L2, "union-of-all-data", "Data may be as long as that of the driver with the longest.", "v2 06/11"),
        new(Bug.L3, "free-of-an-error", "An error of hw_info is freed as if it were data.", "hw info v3 to v5"),
        new(
            Bug.L6,
            "answer-fault-keeps-the-hold",
            "An invalidation whose response cannot be copied keeps its hold on the hwpt for ever.",
            "v4 to v6"
        ),
        new(Bug.L7, "length-by-convention", "Only convention keeps a request within the stack's union.", "v2 and v3"),
        new(
            Bug.L10,
            "replace-unreserves-the-new",
            "A successful replace removes the reserved ranges from the IOAS that it moved to.",
            "v4 09/17"
        ),
        new(
            Bug.L8,
            "null-is-no-error",
            "The NULL that a driver still returns for a failure is dereferenced.",
            "v3 08/17, VT-d v4"
        ),
        new(Bug.L9, "negative-count", "A count of 2^31 or more is no entry at all.", "v4 15/17"),
    ];
}
