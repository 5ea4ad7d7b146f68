using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// One ioctl in flight: C's struct iommufd_ucmd. The argument lies in a union on the stack, of which only
/// the bytes of this ioctl's struct are defined.
/// </summary>
internal sealed class Ucmd(IommufdKernel kernel, int unionSize)
{
    public IommufdKernel Kernel { get; } = kernel;

    public KernelMachine Machine { get; } = kernel.Machine;

    public IommufdContext Context { get; private set; } = null!;

    /// <summary>The union.</summary>
    public KernelBuffer Buffer { get; } = new(unionSize, BufferPlace.Stack);

    /// <summary>Bytes of the kernel's struct.</summary>
    public int Size { get; private set; }

    /// <summary>Where user space has the struct.</summary>
    public ulong UserAddress { get; private set; }

    /// <summary>The size that user space says it has.</summary>
    public uint UserSize { get; private set; }

    /// <summary>Published or aborted when the handler is done; C's new_obj.</summary>
    public IommufdObject? NewObject { get; private set; }

    /// <summary>What the call returns when it succeeds; calls of VFIO's containers alone return more than 0.</summary>
    public long Value { private get; set; }

    internal long TakeValue()
    {
        var value = Value;
        Value = 0;
        return value;
    }

    /// <summary>A new call on this stack frame; returns the union, with what the call before left in it.</summary>
    internal KernelBuffer Begin(IommufdContext context, IoctlRow row, ulong address, uint size)
    {
        if (!ReferenceEquals(Context, context))
            Context = context;
        Size = row.Size;
        UserAddress = address;
        UserSize = size;
        return Buffer;
    }

    /// <summary>The argument.</summary>
    public ref T Command<T>()
        where T : unmanaged => ref Buffer.As<T>();

    /// <summary>Writes the argument back, as much as user space has; EFAULT.</summary>
    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_ucmd_respond(), v6.3.
    public Errno Respond()
    {
        var length = (int)Math.Min((uint)Size, UserSize);
        return Machine.CopyToUser(UserAddress, Buffer.Bytes[..length]);
    }

    /// <summary>
    /// As <see cref="IommufdContext.Allocate"/>; the handler neither publishes nor aborts the object.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:_iommufd_object_alloc_ucmd(), v7.3.
    public Errno Allocate<T>(Func<IommufdContext, T> make, string function, out T obj)
        where T : IommufdObject
    {
        var rc = Context.Allocate(make, function, out obj);
        if (rc == Errno.OK)
            NewObject = obj;
        return rc;
    }

    /// <summary>The handler has returned: publishes the new object, or aborts it on an error.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_ioctl(), v7.3.
    internal Errno Finish(Errno rc)
    {
        if (NewObject is not { } obj)
            return rc;
        NewObject = null;
        if (rc == Errno.OK)
            Context.Publish(obj);
        else
            Context.AbortAndDestroy(obj);
        return rc;
    }

    /// <summary>
    /// Copies the response and publishes the object that it names; aborts the object when the copy faults.
    /// </summary>
    public Errno RespondAndPublish(IommufdObject obj)
    {
        var rc = Respond();
        if (rc == Errno.OK)
            Context.Publish(obj);
        else
            Context.AbortAndDestroy(obj);
        return rc;
    }
}
