using IommuSim.Uapi;

namespace IommuSim.Bridge;

/// <summary>An anonymous file that an ioctl creates.</summary>
/// <param name="Request">The ioctl.</param>
/// <param name="Name">Of its inode.</param>
/// <param name="NumberOffset">Where in the struct of the ioctl the program finds its descriptor.</param>
// Models drivers/iommu/iommufd/eventq.c:iommufd_fault_alloc() and iommufd_veventq_alloc(), v7.3.
internal sealed record QueueKind(uint Request, string Name, bool CanRead, bool CanWrite, uint NumberOffset)
{
    private static readonly QueueKind[] s_all =
    [
        new(IoctlNumber.Request(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC), "[iommufd-pgfault]", true, true, 12),
        new(IoctlNumber.Request(IoctlNumber.IOMMU_VEVENTQ_ALLOC), "[iommufd-viommu-event]", true, false, 24),
    ];

    /// <summary>Of the selftest: an access, which only lives as long as its file.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_alloc_access(), v7.3.
    private static readonly QueueKind s_test = new(0, "[iommufd_test_staccess]", false, false, 16);

    /// <summary>A file that takes no writes does not poll as writable either.</summary>
    public bool IsOnlyRead => CanRead && !CanWrite;

    public static QueueKind Of(uint request) => Array.Find(s_all, kind => kind.Request == request) ?? s_test;
}
