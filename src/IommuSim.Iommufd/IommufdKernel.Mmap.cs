using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>mmap on the file of a context.</summary>
internal sealed partial class IommufdKernel
{
    /// <summary>
    /// mmap(fd): EBADF, EINVAL for no bytes and for a private mapping, EPERM for an executable one, ENXIO where nothing
    /// lies at this offset with this length. The mapping holds file and owner until <see cref="Munmap"/>.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_mmap(), v7.3.
    public SyscallResult Mmap(
        KernelTask task,
        int fd,
        ulong offset,
        ulong length,
        MmapProtection protection,
        out IMappedMemory? memory
    )
    {
        MmapRange? found = null;
        var result = WithFile(
            task,
            "mmap",
            fd,
            file =>
            {
                // The kernel's core refuses no bytes before it asks the file: mm/mmap.c:do_mmap().
                if (length == 0)
                    return Errno.EINVAL;
                if (file is not IommufdContext context)
                    return Errno.ENODEV;
                var rc = context.Mmaps.Map(offset, length, protection, out found);
                if (rc == Errno.OK)
                    context.FileReferences++;
                return rc;
            }
        );
        memory = found;
        return result;
    }

    /// <summary>munmap of a whole mapping, or the end of the program that had it.</summary>
    // Models iommufd_fops_vma_close(), v7.3.
    public SyscallResult Munmap(KernelTask task, IMappedMemory memory) =>
        Run(
            task,
            "munmap",
            (MmapRange)memory,
            static r =>
            {
                r.Owner.DropUser("iommufd_fops_vma_close");
                r.Owner.Context.Kernel.PutFile(r.Owner.Context);
                return Errno.OK;
            }
        );
}
