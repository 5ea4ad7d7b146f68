using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Selftest;
using IommuSim.Uapi;

namespace IommuSim.Search.Invariants;

/// <summary>
/// What may remain of a call that failed, as far as kernels document it: I3 is not asked of these.
/// What failed calls write to user memory is with <see cref="OutputRules"/>.
/// </summary>
internal static class FailureExceptions
{
    private static readonly ImmutableArray<FailureException> s_all =
    [
        new(
            "IOMMU_TEST_OP_MOCK_DOMAIN",
            Errno.EFAULT,
            static spec => TestOps.Common.Any(row => IsMockDomain(row) && spec.TestOps.Contains(row)),
            "until 6.6 the device is published before the answer is copied"
        ),
        new(
            "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE",
            Errno.EFAULT,
            static _ => true,
            "the device has moved when the answer is copied"
        ),
        AnswerLost("IOMMU_TEST_OP_PASID_REPLACE", "the PASID has moved when the answer is copied"),
        new(
            "IOMMU_TEST_OP_TRIGGER_VEVENT",
            Errno.ENOMEM,
            static _ => true,
            "an event for which there is no memory is announced as lost"
        ),
        AnswerLost("IOMMU_IOAS_MAP", "the range is mapped when the answer is copied"),
        AnswerLost("IOMMU_IOAS_COPY", "the range is mapped when the answer is copied"),
        AnswerLost("IOMMU_IOAS_UNMAP", "the range is unmapped when the answer is copied"),
        AnswerLost("IOMMU_OPTION", "the option is set when the answer is copied"),
        new(
            "IOMMU_IOAS_UNMAP",
            Errno.ENOENT,
            static _ => true,
            "areas before the one that reaches out of the range are gone"
        ),
        new("IOMMU_IOAS_UNMAP", Errno.EBUSY, static _ => true, "areas before the one that is locked are gone"),
    ];

    /// <summary>Whether this call may leave something behind.</summary>
    public static bool Allow(IommufdSpec spec, string call, Errno errno)
    {
        foreach (var exception in s_all)
        {
            if (exception.Call == call && exception.Errno == errno && exception.Where(spec))
                return true;
        }

        return false;
    }

    private static FailureException AnswerLost(string call, string why) =>
        new(call, Errno.EFAULT, static _ => true, why);

    private static bool IsMockDomain(TestOpRow row) => row.Op == SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN;

    /// <summary>One sentence of a kernel's contract.</summary>
    private sealed record FailureException(string Call, Errno Errno, Func<IommufdSpec, bool> Where, string Why);
}
