namespace IommuSim.Machine;

/// <summary>
/// The errno values that the modelled ioctls return, with the numbers of the generic Linux ABI.
/// Modelled functions return them as positive enum values; user space sees <c>-1</c> and this number. They are
/// ascending: an enum that is not is sorted at every start, by code that the runtime compiles for it.
/// </summary>
public enum Errno
{
    /// <summary>No error.</summary>
    OK = 0,

    /// <summary>The caller may not do this.</summary>
    EPERM = 1,

    /// <summary>There is no object of this id.</summary>
    ENOENT = 2,

    /// <summary>There is no such process.</summary>
    ESRCH = 3,

    /// <summary>The hardware or the file fails.</summary>
    EIO = 5,

    /// <summary>Nothing is at this address or offset.</summary>
    ENXIO = 6,

    /// <summary>The struct is larger than the kernel knows, and its unknown bytes are not zero.</summary>
    E2BIG = 7,

    /// <summary>The descriptor is not open, or not of this kind.</summary>
    EBADF = 9,

    /// <summary>Nothing is there yet; try again.</summary>
    EAGAIN = 11,

    /// <summary>An allocation failed, or a limit on pinned memory is reached.</summary>
    ENOMEM = 12,

    /// <summary>The program's memory cannot be read or written.</summary>
    EFAULT = 14,

    /// <summary>The object is in use.</summary>
    EBUSY = 16,

    /// <summary>It exists already.</summary>
    EEXIST = 17,

    /// <summary>There is no such device, or the file does not support the call.</summary>
    ENODEV = 19,

    /// <summary>An argument is wrong.</summary>
    EINVAL = 22,

    /// <summary>The program has too many descriptors.</summary>
    EMFILE = 24,

    /// <summary>The kernel does not know the ioctl.</summary>
    ENOTTY = 25,

    /// <summary>No address or id is left.</summary>
    ENOSPC = 28,

    /// <summary>The file has no position.</summary>
    ESPIPE = 29,

    /// <summary>A number does not fit.</summary>
    ERANGE = 34,

    /// <summary>Waiting would be a deadlock.</summary>
    EDEADLK = 35,

    /// <summary>The exchange is not possible.</summary>
    EBADE = 52,

    /// <summary>A sum of addresses or sizes wraps.</summary>
    EOVERFLOW = 75,

    /// <summary>The descriptor is in the wrong state.</summary>
    EBADFD = 77,

    /// <summary>The buffer is too short for the answer.</summary>
    EMSGSIZE = 90,

    /// <summary>The kernel, the driver or the hardware does not support this.</summary>
    EOPNOTSUPP = 95,

    /// <summary>The addresses are reserved or mapped.</summary>
    EADDRINUSE = 98,

    /// <summary>Kernel-internal: the ioctl number is unknown. The VFS turns it into <see cref="ENOTTY"/>.</summary>
    ENOIOCTLCMD = 515,
}
