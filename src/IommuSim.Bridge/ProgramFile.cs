using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// What a descriptor of a program stands for: C's struct file, as far as the VFS itself looks at it before it asks the
/// file's operations.
/// </summary>
internal abstract class ProgramFile
{
    /// <summary>O_RDONLY, O_WRONLY or O_RDWR; all bits of O_ACCMODE for a file that is only good for ioctls.</summary>
    public abstract int AccessMode { get; }

    /// <summary>What readlink shows of its descriptors in /proc.</summary>
    public abstract string Link { get; }

    /// <summary>What stat shows of it.</summary>
    public abstract FileStatus Status { get; }

    /// <summary>Whether it has a read operation.</summary>
    public virtual bool CanRead => false;

    /// <summary>Whether it has a write operation.</summary>
    public virtual bool CanWrite => false;

    /// <summary>Whether pread, pwrite and their like get as far as the file: C's FMODE_PREAD.</summary>
    public virtual bool HasPositions => true;

    public bool IsOpenFor(bool reading) => AccessMode is O_RDWR || AccessMode == (reading ? O_RDONLY : O_WRONLY);
}

/// <summary>A file of the machine, by its descriptor there.</summary>
internal abstract class MachineFile(int machineFd) : ProgramFile
{
    public int MachineFd { get; } = machineFd;
}

/// <summary>An open of a device node: a context of iommufd.</summary>
// Models drivers/iommu/iommufd/main.c: iommufd_fops has neither read nor write, v7.3.
internal sealed class DeviceFile(int machineFd, DeviceNode node, int flags) : MachineFile(machineFd)
{
    public DeviceNode Node { get; } = node;

    public override int AccessMode { get; } = flags & O_ACCMODE;

    public override string Link => Node.Path;

    public override FileStatus Status => Node.Status;
}

/// <summary>An anonymous file that an ioctl created, for the most part an event queue.</summary>
// Models fs/anon_inodes.c:anon_inode_getfile(), v7.3.
internal sealed class QueueFile(int machineFd, QueueKind kind, FileStatus status) : MachineFile(machineFd)
{
    public override int AccessMode => O_RDWR;

    public override string Link { get; } = $"anon_inode:{kind.Name}";

    public override FileStatus Status => status;

    public override bool CanRead => kind.CanRead;

    public override bool CanWrite => kind.CanWrite;

    public override bool HasPositions => false;
}

/// <summary>What O_PATH opens: a place, and no file.</summary>
internal sealed class PathFile(string link, FileStatus status) : ProgramFile
{
    public override int AccessMode => O_RDONLY;

    public override string Link => link;

    public override FileStatus Status => status;
}
