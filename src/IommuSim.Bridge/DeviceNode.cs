using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// A device node that programs see and the host need not have. An unnamed file that was made for it lends times, an
/// owner and the number of an inode.
/// </summary>
// Models drivers/iommu/iommufd/main.c: iommu_misc_dev and vfio_misc_dev, v7.3.
internal sealed class DeviceNode
{
    public const string Iommu = "/dev/iommu";
    public const string Container = "/dev/vfio/vfio";

    private DeviceNode(string path, ushort rights, uint minor)
    {
        Path = path;
        var fd = OpenFiles.CreateUnnamed();
        Status = FileStatus.Of(fd).With((ushort)(S_IFCHR | rights), minor);
        _ = Libc.Close(fd);
    }

    public string Path { get; }

    public FileStatus Status { get; }

    /// <summary>
    /// The two nodes. The minor number of /dev/iommu is the first that the kernel gives to a device without one of its
    /// own.
    /// </summary>
    public static DeviceNode[] MakeAll() => [new(Iommu, 0x1b0, 256), new(Container, 0x1b6, 196)];
}
