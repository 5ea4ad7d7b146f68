using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// The mock's hardware queues: two, allocated in order and destroyed in the opposite one. Models struct mock_hw_queue,
/// v7.3.
/// </summary>
internal sealed class MockHwQueue(uint index, IHwQueue queue, MockHwQueue? previous)
{
    /// <summary>C's IOMMU_TEST_HW_QUEUE_MAX.</summary>
    public const int Count = 2;

    public uint Index { get; } = index;

    public IHwQueue Queue { get; } = queue;

    public MockHwQueue? Previous { get; } = previous;

    // Models mock_viommu_get_hw_queue_size(), v7.3.
    public static int GetSize(IViommu viommu, uint type) =>
        type == ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST ? ViommuOps.CoreHwQueueSize + 24 : 0;

    /// <summary>
    /// EINVAL for an index past the last, EEXIST for one in use, EIO when the one before is missing, EFAULT for an
    /// address that the parent does not translate to.
    /// </summary>
    // Models mock_hw_queue_init_phys(), v7.3.
    public static Errno Init(IHwQueue queue, uint index, ulong physical)
    {
        const string Site = "mock_hw_queue_init_phys";
        var viommu = queue.Viommu;
        var mock = (MockViommu)viommu.Private!;
        if (index >= Count)
            return Errno.EINVAL;
        mock.QueueMutex(viommu).Lock(Site);
        var rc = Enter(mock, queue, index, physical);
        mock.QueueMutex(viommu).Unlock(Site);
        return rc;
    }

    private static Errno Enter(MockViommu mock, IHwQueue queue, uint index, ulong physical)
    {
        if (mock.HwQueues[index] is not null)
            return Errno.EEXIST;
        var previous = index == 0 ? null : mock.HwQueues[index - 1];
        if (index != 0 && previous is null)
            return Errno.EIO;
        if (queue.Viommu.Machine.Has(Bug.P25))
            previous = null;
        if (DomainPageTable.IovaToPhys(mock.Parent, queue.BaseAddress) != physical)
            return Errno.EFAULT;
        if (previous is not null)
        {
            var rc = queue.DependOn(previous.Queue);
            if (rc != Errno.OK)
                return rc;
        }

        var made = new MockHwQueue(queue.Viommu.Machine.Has(Bug.N15) ? 0 : index, queue, previous);
        queue.Private = made;
        mock.HwQueues[index] = made;
        queue.DriverDestroy = Destroy;
        return Errno.OK;
    }

    // Models mock_hw_queue_destroy(), v7.3.
    private static void Destroy(IHwQueue queue)
    {
        const string Site = "mock_hw_queue_destroy";
        var made = (MockHwQueue)queue.Private!;
        var mock = (MockViommu)queue.Viommu.Private!;
        mock.QueueMutex(queue.Viommu).Lock(Site);
        mock.HwQueues[made.Index] = null;
        if (made.Previous is { } previous)
            queue.Undepend(previous.Queue);
        mock.QueueMutex(queue.Viommu).Unlock(Site);
    }
}
