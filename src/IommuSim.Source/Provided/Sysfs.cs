using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Files and links of sysfs and debugfs. A program that has /dev/iommu open sees none of them, and no C reads them
/// back, so that they are not made. Their creation succeeds always: what it would allocate is not the kernel part that
/// is compiled.
/// </summary>
internal static class Sysfs
{
    [Provides("sysfs_create_file_ns")]
    public static int CreateFile(Cpu cpu, ulong kobj, ulong attribute, ulong ns) => 0;

    [Provides("sysfs_remove_file_ns")]
    public static void RemoveFile(Cpu cpu, ulong kobj, ulong attribute, ulong ns) { }

    [Provides("sysfs_create_link")]
    [Provides("sysfs_create_link_nowarn")]
    public static int CreateLink(Cpu cpu, ulong kobj, ulong target, ulong name) => 0;

    [Provides("sysfs_remove_link")]
    public static void RemoveLink(Cpu cpu, ulong kobj, ulong name) { }

    /// <summary>The links between an IOMMU and its devices.</summary>
    [Provides("iommu_device_link")]
    public static int Link(Cpu cpu, ulong iommu, ulong device) => 0;

    [Provides("iommu_device_unlink")]
    public static void Unlink(Cpu cpu, ulong iommu, ulong device) { }

    /// <summary>As in a kernel without debugfs: callers go on without the directory.</summary>
    [Provides("fault_create_debugfs_attr")]
    public static ulong CreateFaultAttribute(Cpu cpu, ulong name, ulong parent, ulong attribute) =>
        CStructs.ErrorPointer((int)Errno.ENODEV);

    [Provides("debugfs_remove")]
    public static void RemoveDebugfs(Cpu cpu, ulong entry) { }
}
