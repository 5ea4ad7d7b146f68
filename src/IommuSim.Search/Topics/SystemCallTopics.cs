using IommuSim.Search.Oracles;

namespace IommuSim.Search.Topics;

/// <summary>
/// What is documented of the calls that are no ioctls: what VFIO does with a device, and what programs do with the
/// descriptors of queues.
/// </summary>
internal static class SystemCallTopics
{
    public static IoctlContract[] All { get; } =
    [
        new("open") { Errnos = [Errno.ENOMEM] },
        new("close"),
        new("bind") { Errnos = [Errno.EINVAL, Errno.EPERM, Errno.ENOMEM] },
        new("attach")
        {
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EBUSY, Errno.EADDRINUSE, Errno.ENODEV, Errno.ENOMEM],
        },
        new("replace") { Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EADDRINUSE, Errno.ENODEV, Errno.ENOMEM] },
        new("detach"),
        new("unbind"),
        new("read") { Errnos = [Errno.EFAULT, Errno.EINVAL, Errno.ESPIPE, Errno.ENOMEM] },
        new("write") { Errnos = [Errno.EFAULT, Errno.EINVAL, Errno.ESPIPE] },
        new("poll"),
    ];
}
