using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd;

/// <summary>
/// Anything that user space names by an id. Models drivers/iommu/iommufd/iommufd_private.h:struct
/// iommufd_object. <see cref="Users"/> is 1 for the id table plus one for each holder.
/// </summary>
internal abstract class IommufdObject(IommufdContext context, ObjectType type) : HeapObject
{
    /// <summary>C's users.</summary>
    public Refcount Users = new(1);

    /// <summary>C's shortterm_users, from 6.7 on: ioctls in flight.</summary>
    public Refcount ShorttermUsers = new(1);

    private static readonly LockClass[] s_rwsemClasses =
    [
        .. Enum.GetNames<ObjectType>().Select(name => new LockClass($"&obj->destroy_rwsem ({name})")),
    ];

    private RwSemaphore? _destroyRwsem;

    public IommufdContext Context { get; } = context;

    public ObjectType Type { get; } = type;

    /// <summary>The id, reserved when the object was allocated.</summary>
    public uint Id { get; internal set; }

    /// <summary>User space can find it by its id.</summary>
    internal bool IsPublished { get; set; }

    /// <summary>
    /// C's destroy_rwsem, until 6.7: held for reading by ioctls in flight. Allocated at the first use: kernels without
    /// it do not pay for it.
    /// </summary>
    public RwSemaphore DestroyRwsem =>
        _destroyRwsem ??= new RwSemaphore(Context.Machine, s_rwsemClasses[(int)Type], Context);

    /// <summary>Takes a reference that outlives the ioctl.</summary>
    public void TakeUser(string function)
    {
        var machine = Context.Machine;
        machine.Reach(Context, Touch.Write, function, this);
        Users.Inc(machine, function);
    }

    /// <summary>Gives up a reference that cannot be the last.</summary>
    public void DropUser(string function)
    {
        var machine = Context.Machine;
        machine.Reach(Context, Touch.Write, function, this);
        Users.Dec(machine, function);
    }

    /// <summary>Revokes long holds of the object before its destruction waits for them. From 6.17 on.</summary>
    public virtual void PreDestroy() { }

    /// <summary>Runs when the last user is gone; the memory is freed after it.</summary>
    public abstract void Destroy();

    /// <summary>
    /// Undoes an unpublished object. The same as <see cref="Destroy"/> but for hw_pagetables since 6.6, whose abort
    /// assumes the locks of the allocation to be held.
    /// </summary>
    public virtual void Abort() => Destroy();

    public override string ToString() => $"{Noun} {Id}";

    /// <summary>What it is, as reports and diagrams name it before its id.</summary>
    protected virtual string Noun => Type.ToString().ToLowerInvariant();
}
