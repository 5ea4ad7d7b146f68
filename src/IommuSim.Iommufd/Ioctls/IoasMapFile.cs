using IommuSim.Iommufd.Files;
using IommuSim.Iommufd.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_MAP_FILE: maps a file that is memory, or a dma-buf. Flags and numbers as for IOMMU_IOAS_MAP, then ENOENT,
/// EINVAL for no length, EOVERFLOW, EBADF; of a dma-buf EINVAL for a range beyond its end and ENODEV for one that is
/// revoked; then what the I/O page table returns.
/// </summary>
internal static class IoasMapFile
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<IoasMapFileCmd>("ioas.c:iommufd_ioas_map_file()", static ucmd => Handle(ucmd));

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_map_file(), v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasMapFileCmd>();
        if ((cmd.Flags & ~IoasMap.KnownFlags) != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.Iova == ulong.MaxValue || cmd.Length == ulong.MaxValue)
            return Errno.EOVERFLOW;
        if (!IoasMap.HasDirection(cmd.Flags))
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = FindPages(ucmd, out var pages);
        if (rc == Errno.OK)
        {
            var iova = cmd.Iova;
            rc = ioas.Iopt.MapPages(
                pages,
                ref iova,
                cmd.Start % IoptPages.PageSize,
                cmd.Length,
                IoasMap.ProtOf(ucmd.Machine, cmd.Flags),
                ucmd.Context.AccountsByProcess,
                IoasMap.IsAutomatic(cmd.Flags)
            );
            if (rc == Errno.OK)
            {
                cmd.Iova = iova;
                rc = ucmd.Respond();
            }
        }

        ucmd.Context.Put(ioas);
        return rc;
    }

    // Models drivers/iommu/iommufd/io_pagetable.c:iopt_map_file_pages(), v7.3.
    private static Errno FindPages(Ucmd ucmd, out IoptPages pages)
    {
        var cmd = ucmd.Command<IoasMapFileCmd>();
        pages = null!;
        if (cmd.Length == 0)
            return Errno.EINVAL;
        if (cmd.Start + (cmd.Length - 1) < cmd.Start)
            return Errno.EOVERFLOW;
        var writable = (cmd.Flags & IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE) != 0;
        var (kernel, machine) = (ucmd.Kernel, ucmd.Machine);
        if (kernel.GetFile(cmd.Fd) is not { } file)
        {
            return machine.Current.Memory.FindFile(cmd.Fd) is { } foreign
                ? IoptPages.AllocateOfFile(machine, foreign, cmd.Start, cmd.Length, writable, out pages)
                : Errno.EBADF;
        }

        var rc = file is DmaBuf buffer
            ? IoptPages.AllocateOfBuffer(kernel, buffer, cmd.Start, cmd.Length, writable, out pages)
            : IoptPages.AllocateOfFile(machine, new HeldFile(kernel, file), cmd.Start, cmd.Length, writable, out pages);
        if (rc != Errno.OK)
            kernel.PutFile(file);
        return rc;
    }
}
