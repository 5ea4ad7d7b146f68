using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Viommus;

/// <summary>
/// A queue in guest memory that the hardware reads by physical addresses: its pages are pinned, and what maps
/// them cannot be unmapped. Models struct iommufd_hw_queue.
/// </summary>
internal sealed class HwQueue(IommufdContext context, ulong baseAddress, ulong length)
    : IommufdObject(context, ObjectType.HwQueue),
        IHwQueue
{
    /// <summary>Null until the allocation sets it, as <see cref="Access"/>.</summary>
    public Viommu? Viommu { get; internal set; }

    public IommufdAccess? Access { get; internal set; }

    public ulong BaseAddress { get; } = baseAddress;

    public ulong Length { get; } = length;

    public object? Private { get; set; }

    public Action<IHwQueue>? DriverDestroy { get; set; }

    IViommu IHwQueue.Viommu => Viommu!;

    // Models drivers/iommu/iommufd/driver.c:_iommufd_object_depend(), v7.3.
    public Errno DependOn(IHwQueue other)
    {
        if (ReferenceEquals(this, other))
            return Errno.EINVAL;
        const string Site = "_iommufd_object_depend";
        var before = (HwQueue)other;
        if (Context.Machine.Has(Bug.N13))
        {
            before.TakeUser(Site);
            return Errno.OK;
        }

        // As if the queue before it were gone already.
        Context.Machine.Reach(Context, Touch.Write, Site, before);
        return before.Users.IncNotZero(Context.Machine, Site) ? Errno.OK : Errno.EIO;
    }

    // Models drivers/iommu/iommufd/driver.c:_iommufd_object_undepend(), v7.3.
    public void Undepend(IHwQueue other)
    {
        const string Site = "_iommufd_object_undepend";
        if (!Context.Machine.WarnOnOnce(ReferenceEquals(this, other), Site, "the object depends on itself"))
            ((HwQueue)other).DropUser(Site);
    }

    // Models drivers/iommu/iommufd/viommu.c:iommufd_hw_queue_destroy(), v7.3.
    public override void Destroy()
    {
        const string Site = "iommufd_hw_queue_destroy";
        DriverDestroy?.Invoke(this);
        if (Access is not null)
        {
            var (start, size) = PagesOf(BaseAddress, Length);
            if (!Context.Machine.Has(Bug.P21))
                Access.UnpinPages(start, size);
            Access.Detach();
            Access.DestroyUser();
        }

        Viommu?.DropUser(Site);
    }

    protected override string Noun => "hw_queue";

    /// <summary>The pages that hold a range, which does not reach the end of the address space.</summary>
    internal static (ulong Start, ulong Length) PagesOf(ulong address, ulong length)
    {
        var offset = address % IoptPages.PageSize;
        var size = length + offset + (IoptPages.PageSize - 1);
        return (address - offset, size - (size % IoptPages.PageSize));
    }
}
