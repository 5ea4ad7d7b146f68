namespace IommuSim.Machine;

/// <summary>
/// The errno values that the modelled ioctls return, with the numbers of the generic Linux ABI.
/// Modelled functions return them as positive enum values; user space sees <c>-1</c> and this number. They are
/// ascending: an enum that is not is sorted at every start, by code that the runtime compiles for it.
/// </summary>
public enum Errno
{
    OK = 0,
    EPERM = 1,
    ENOENT = 2,
    ESRCH = 3,
    EIO = 5,
    ENXIO = 6,
    E2BIG = 7,
    EBADF = 9,
    EAGAIN = 11,
    ENOMEM = 12,
    EFAULT = 14,
    EBUSY = 16,
    EEXIST = 17,
    ENODEV = 19,
    EINVAL = 22,
    EMFILE = 24,
    ENOTTY = 25,
    ENOSPC = 28,
    ESPIPE = 29,
    ERANGE = 34,
    EDEADLK = 35,
    EBADE = 52,
    EOVERFLOW = 75,
    EBADFD = 77,
    EMSGSIZE = 90,
    EOPNOTSUPP = 95,
    EADDRINUSE = 98,

    /// <summary>Kernel-internal: the ioctl number is unknown. The VFS turns it into <see cref="ENOTTY"/>.</summary>
    ENOIOCTLCMD = 515,
}
