using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommu.Syscalls;

/// <summary>
/// Chooses the descriptor that a program gets for a file that an ioctl creates. By default a kernel uses its own
/// numbers; a bridge to real programs takes numbers of theirs.
/// </summary>
public interface IDescriptorAllocator
{
    /// <summary>C's get_unused_fd_flags: EMFILE, or the number that <paramref name="file"/> will have.</summary>
    /// <param name="task">Its program gets the file.</param>
    /// <param name="file">The kernel's own number, good for read, write, poll and close.</param>
    /// <param name="number">The program's descriptor.</param>
    Errno Reserve(KernelTask task, int file, out int number);

    /// <summary>C's put_unused_fd: gives the unused number back.</summary>
    void Cancel(int file, int number);

    /// <summary>C's fd_install: from now on the number is the file.</summary>
    void Install(int file, int number);

    /// <summary>
    /// C's fget: the kernel's own number of the file behind a descriptor; false for none of its files.
    /// </summary>
    /// <param name="task">Whose descriptor it is.</param>
    /// <param name="number">The program's descriptor.</param>
    /// <param name="file">The kernel's own number.</param>
    bool TryFind(KernelTask task, int number, out int file);
}

/// <summary>Kernel memory that a program has mapped.</summary>
public interface IMappedMemory
{
    /// <summary>The offset argument of mmap(2), in bytes.</summary>
    ulong Offset { get; }

    /// <summary>What lies there; its length is that of the mapping.</summary>
    Memory<byte> Memory { get; }
}

/// <summary>The arguments of mmap(2) that a file checks.</summary>
[Flags]
public enum MmapProtection
{
    /// <summary>A private mapping to be read.</summary>
    None = 0,

    /// <summary>PROT_EXEC.</summary>
    Execute = 1,

    /// <summary>MAP_SHARED.</summary>
    Shared = 2,
}

/// <summary>What poll(2) returns for a file.</summary>
public static class PollMask
{
    /// <summary>There is something to read.</summary>
    public const uint EPOLLIN = 0x001;

    /// <summary>A write would not wait.</summary>
    public const uint EPOLLOUT = 0x004;

    /// <summary>Nothing is open.</summary>
    public const uint EPOLLNVAL = 0x020;

    /// <summary>As EPOLLIN, for data of no priority.</summary>
    public const uint EPOLLRDNORM = 0x040;

    /// <summary>As EPOLLOUT, for data of no priority.</summary>
    public const uint EPOLLWRNORM = 0x100;

    /// <summary>A file that has no poll operation.</summary>
    public const uint Default = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
}
