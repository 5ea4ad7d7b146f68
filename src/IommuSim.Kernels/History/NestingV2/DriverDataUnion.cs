using IommuSim.Iommufd;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV2;

/// <summary>
/// v2 and v3 copy the data of a hwpt as a union of all drivers' structs: what a driver has not can be
/// non-zero as long as another driver's struct is longer.
/// </summary>
internal static class DriverDataUnion
{
    private const string Site = "iommufd_hwpt_alloc";

    /// <summary>ENOMEM, EFAULT, or E2BIG for a byte that is not zero past the union.</summary>
    public static Errno Copy(Ucmd ucmd, ulong uptr, uint length, out KernelBuffer? data)
    {
        data = null;
        if (!ucmd.Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        data = ucmd.Machine.Heap.Track(new KernelBuffer(SizeIn(ucmd.Kernel), BufferPlace.Heap), Site);
        data.Zero();
        return ucmd.Machine.CopyStructFromUser(data.Bytes, uptr, length);
    }

    private static int SizeIn(IommufdKernel kernel)
    {
        var size = 0;
        foreach (var driver in kernel.Spec.Drivers)
        {
            if (driver.Ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST && !kernel.Machine.Build.IommufdTest)
                continue;
            foreach (var row in driver.Ops.HwptTypes)
                size = Math.Max(size, row.AllocSize);
        }

        return size;
    }
}
