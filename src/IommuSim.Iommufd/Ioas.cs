using IommuSim.Iommufd.Mappings;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// An I/O address space: what user space maps once and every domain in it shares. Lock order:
/// <see cref="Mutex"/>, then the group's lock, then the locks inside <see cref="IoPagetable"/>.
/// </summary>
internal sealed class Ioas(IommufdContext context) : IommufdObject(context, ObjectType.Ioas)
{
    private static readonly LockClass s_mutexClass = new("&ioas->mutex");

    /// <summary>Guards <see cref="Hwpts"/> and the allocation of hw_pagetables.</summary>
    public KernelMutex Mutex { get; } = new(context.Machine, s_mutexClass);

    public IoPagetable Iopt { get; } = new(context.Machine);

    /// <summary>C's hwpt_list, in the order of linking.</summary>
    public HwptList Hwpts { get; } = new();

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_destroy(), v6.3 to v7.3.
    public override void Destroy()
    {
        var rc = Iopt.UnmapAll(out _);
        Context.Machine.WarnOn(
            rc is not (Errno.OK or Errno.ENOENT),
            "iommufd_ioas_destroy",
            "areas cannot be unmapped"
        );
        Iopt.Destroy();
    }
}
