using IommuSim.Iommu.Syscalls;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Files;

/// <summary>
/// What a descriptor stands for: C's struct file with its operations. A file without an operation returns what the VFS
/// returns for it.
/// </summary>
internal abstract class KernelFile : HeapObject
{
    /// <summary>References: the descriptor, calls in flight, other pins.</summary>
    public int FileReferences { get; set; } = 1;

    /// <summary>Whether read(2) and write(2) get as far as the file.</summary>
    public virtual bool CanRead => false;

    public virtual bool CanWrite => false;

    /// <summary>Frees what the file was, once the last reference is gone.</summary>
    public abstract void Release();

    /// <summary>Never blocks: 0 bytes when there is nothing.</summary>
    public virtual Errno Read(ulong address, ulong count, out ulong done)
    {
        done = 0;
        return Errno.EINVAL;
    }

    public virtual Errno Write(ulong address, ulong count, out ulong done)
    {
        done = 0;
        return Errno.EINVAL;
    }

    /// <summary>A set of <see cref="PollMask"/>.</summary>
    public virtual uint Poll() => PollMask.Default;
}
