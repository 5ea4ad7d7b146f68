using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>What a guest of the mock can invalidate: the simulated caches of its devices.</summary>
internal static class MockViommuInvalidate
{
    private const string Site = "mock_viommu_cache_invalidate";

    /// <summary>
    /// All requests are copied before the first is handled. An empty array asks for the type. EINVAL for
    /// another type, an unknown cache or device, EOPNOTSUPP for flags, EFAULT, E2BIG; ENOMEM, and then the
    /// count of the caller comes back as if all had been handled.
    /// </summary>
    // Models mock_viommu_cache_invalidate(), v7.3.
    public static Errno Invalidate(IViommu viommu, ref InvalidateRequest request)
    {
        var isSelftest = request.Type == ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST;
        if (request.EntryCount == 0 && isSelftest)
            return Errno.OK;
        var count = (uint)request.EntryCount;
        if (!UserDataCopy.CanHold<ViommuInvalidateSelftest>(viommu.Machine, count, Site))
            return Errno.ENOMEM;
        request.EntryCount = 0;
        if (!isSelftest || count == 0)
            return Errno.EINVAL;
        var entries = new ViommuInvalidateSelftest[count];
        var rc = UserDataCopy.CopyFullArray(viommu.Machine, in request, entries);
        for (var i = 0; i < entries.Length && rc == Errno.OK; i++)
        {
            rc = InvalidateEntry(viommu, entries[i]);
            if (rc == Errno.OK)
                request.EntryCount++;
        }

        return rc;
    }

    private static Errno InvalidateEntry(IViommu viommu, ViommuInvalidateSelftest entry)
    {
        var all = SelftestConstants.IOMMU_TEST_INVALIDATE_FLAG_ALL;
        if ((entry.Flags & ~all) != 0)
            return Errno.EOPNOTSUPP;
        if (entry.CacheId >= MockDevice.CacheCount)
            return Errno.EINVAL;
        viommu.VdevicesLock.Lock(Site);
        var device = viommu.FindDevice(entry.VdevId) as MockDevice;
        if (device is not null && (entry.Flags & all) != 0)
            device.FillCache(0);
        else
            device?.SetCache((int)entry.CacheId, 0);
        viommu.VdevicesLock.Unlock(Site);
        return device is null ? Errno.EINVAL : Errno.OK;
    }
}
