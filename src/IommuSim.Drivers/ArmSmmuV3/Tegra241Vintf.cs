using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>
/// A guest's interface to NVIDIA's command queues, whose registers it maps. The queues are mapped in order and unmapped
/// in the opposite one. Models drivers/iommu/arm/arm-smmu-v3/tegra241-cmdqv.c:struct tegra241_vintf, v7.3.
/// </summary>
/// <param name="index">Its number in the SMMU; 0 is the kernel's own.</param>
internal sealed class Tegra241Vintf(int index)
{
    /// <summary>Interfaces of one SMMU.</summary>
    public const int InterfaceCount = 1 << 6;

    private const int QueueBits = 1;
    private const int StreamBits = 4;
    private const int RegisterBytes = 64 * 1024;
    private const ulong LargestStream = 0xfffff;
    private const ulong ShortestQueue = 32;
    private const ulong LongestQueue = 1UL << (SmmuV3Profile.CommandQueueBits + 4);

    /// <summary>The bits of a queue's address.</summary>
    private const ulong AddressMask = 0xffff_ffff_ffe0;

    private static readonly LockClass s_queueClass = new("&vintf->lvcmdq_mutex");

    private static readonly ViommuOps s_ops = new("tegra241_cmdqv_viommu_ops")
    {
        Destroy = Destroy,
        AllocDomainNested = SmmuV3Viommu.AllocateNested,
        CacheInvalidate = SmmuV3ViommuInvalidation.Invalidate,
        VdeviceSize = ViommuOps.CoreVdeviceSize + 16,
        VdeviceInit = InitVdevice,
        GetHwQueueSize = static (_, type) =>
            type == ViommuConstants.IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV ? ViommuOps.CoreHwQueueSize + 64 : 0,
        HwQueueInitPhys = InitQueue,
    };

    private readonly IHwQueue?[] _queues = new IHwQueue?[1 << QueueBits];
    private readonly IdAllocator _streams = new(0, (1 << StreamBits) - 1);
    private KernelMutex? _queueMutex;

    /// <summary>As <c>IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV</c> tells of it.</summary>
    public static HwInfoTegra241Cmdqv HwInfo { get; } =
        new()
        {
            Version = 1,
            Log2vcmdqs = QueueBits,
            Log2vsids = StreamBits,
        };

    private ulong MmapOffset { get; set; }

    /// <summary>
    /// EINVAL without data or for its length, EFAULT; ENOSPC when guests have all interfaces, ENOMEM, and EFAULT for an
    /// answer that cannot be copied.
    /// </summary>
    // Models tegra241_cmdqv_init_vintf_user(), v7.3; the hardware is always ready.
    public static Errno Init(IViommu viommu, SmmuV3PagingDomain parent, in UserData data)
    {
        if (!data.Present)
            return Errno.EINVAL;
        var rc = UserDataCopy.CopyStruct(
            viommu.Machine,
            in data,
            ViommuConstants.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV,
            Unsafe.SizeOf<ViommuTegra241Cmdqv>(),
            out ViommuTegra241Cmdqv answer
        );
        if (rc != Errno.OK)
            return rc;
        var interfaces = SmmuV3Unit.Of(viommu.Iommu).Interfaces;
        var number = interfaces.Allocate();
        if (number < 0)
            return Errno.ENOSPC;
        var vintf = new Tegra241Vintf(number);
        rc = viommu.Machine.Heap.CanAllocate("tegra241_cmdqv_init_vintf")
            ? vintf.LendRegisters(viommu, in data, ref answer)
            : Errno.ENOMEM;
        if (rc != Errno.OK)
        {
            interfaces.Free(number);
            return rc;
        }

        viommu.Private = new SmmuV3Viommu(parent) { Vintf = vintf };
        viommu.Ops = s_ops;
        return Errno.OK;
    }

    /// <summary>The hardware found errors in a guest's queues; EOPNOTSUPP without a queue for them.</summary>
    // Models tegra241_vintf_user_handle_error(), v7.3.
    public static Errno ReportErrors(IViommu viommu, in Quads2 map) =>
        viommu.ReportEvent(
            VeventqConstants.IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV,
            MemoryMarshal.AsBytes(new ReadOnlySpan<Quads2>(in map))
        );

    private Errno LendRegisters(IViommu viommu, in UserData data, ref ViommuTegra241Cmdqv answer)
    {
        var rc = viommu.AllocateMmap(new byte[RegisterBytes], out var offset);
        if (rc != Errno.OK)
            return rc;
        answer.OutVintfMmapLength = RegisterBytes;
        answer.OutVintfMmapOffset = offset;
        rc = UserDataCopy.CopyStructBack(viommu.Machine, in data, in answer);
        if (rc == Errno.OK)
            MmapOffset = offset;
        else
            viommu.DestroyMmap(offset);
        return rc;
    }

    private static Tegra241Vintf Of(IViommu viommu) => ((SmmuV3Viommu)viommu.Private!).Vintf!;

    // Models tegra241_cmdqv_destroy_vintf_user(), v7.3.
    private static void Destroy(IViommu viommu)
    {
        var vintf = Of(viommu);
        viommu.DestroyMmap(vintf.MmapOffset);
        SmmuV3Unit.Of(viommu.Iommu).Interfaces.Free(vintf.Number);
    }

    private int Number { get; } = index;

    /// <summary>
    /// EINVAL for a number that the hardware has no bits for, EOPNOTSUPP for a device with other than one stream,
    /// ENOSPC when the interface has no place for another.
    /// </summary>
    // Models tegra241_vintf_init_vsid(), v7.3.
    private static Errno InitVdevice(IVdevice vdevice)
    {
        if (vdevice.VirtualId > LargestStream)
            return Errno.EINVAL;
        if (((SmmuV3Master)vdevice.Device).StreamCount != 1)
            return Errno.EOPNOTSUPP;
        var place = Of(vdevice.Viommu)._streams.Allocate();
        if (place < 0)
            return Errno.ENOSPC;
        vdevice.Private = place;
        vdevice.DriverDestroy = static gone => Of(gone.Viommu)._streams.Free((int)gone.Private!);
        return Errno.OK;
    }

    /// <summary>
    /// EINVAL for an index past the last, EEXIST for one in use, EIO when the one before is missing, EINVAL for a
    /// length or an address that the hardware cannot have, in this order.
    /// </summary>
    // Models tegra241_vintf_alloc_lvcmdq_user(), v7.3.
    private static Errno InitQueue(IHwQueue queue, uint index, ulong physical)
    {
        const string Site = "tegra241_vintf_alloc_lvcmdq_user";
        var vintf = Of(queue.Viommu);
        if (index >= vintf._queues.Length)
            return Errno.EINVAL;
        var mutex = vintf.QueueMutex(queue.Viommu);
        mutex.Lock(Site);
        var rc = vintf.Enter(queue, index, physical);
        mutex.Unlock(Site);
        return rc;
    }

    private Errno Enter(IHwQueue queue, uint index, ulong physical)
    {
        if (_queues[index] is not null)
            return Errno.EEXIST;
        var previous = index == 0 ? null : _queues[index - 1];
        if (index != 0 && previous is null)
            return Errno.EIO;
        if (!BitOperations.IsPow2(queue.Length) || queue.Length is < ShortestQueue or > LongestQueue)
            return Errno.EINVAL;
        if ((physical & ~AddressMask) != 0 || (physical & (queue.Length - 1)) != 0)
            return Errno.EINVAL;
        var rc = previous is null ? Errno.OK : queue.DependOn(previous);
        if (rc != Errno.OK)
            return rc;
        queue.Private = (int)index;
        queue.DriverDestroy = DestroyQueue;
        _queues[index] = queue;
        return Errno.OK;
    }

    // Models tegra241_vintf_destroy_lvcmdq_user(), v7.3.
    private static void DestroyQueue(IHwQueue queue)
    {
        const string Site = "tegra241_vintf_destroy_lvcmdq_user";
        var vintf = Of(queue.Viommu);
        var index = (int)queue.Private!;
        var mutex = vintf.QueueMutex(queue.Viommu);
        mutex.Lock(Site);
        vintf._queues[index] = null;
        if (index > 0)
            queue.Undepend(vintf._queues[index - 1]!);
        mutex.Unlock(Site);
    }

    private KernelMutex QueueMutex(IViommu viommu) => _queueMutex ??= new KernelMutex(viommu.Machine, s_queueClass);
}
