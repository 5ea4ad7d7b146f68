using System.Runtime.InteropServices;
using IommuSim.Iommufd.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_COPY: maps what another range shows, sharing its pages. The flags and numbers as for IOMMU_IOAS_MAP, then
/// the source: ENOENT for its id and for a part that is not mapped, EINVAL for no length, EOVERFLOW; then the id of the
/// destination, and what its I/O page table returns.
/// </summary>
internal static class IoasCopy
{
    public static IoctlRow Row { get; } = IoctlRow.For<IoasCopyCmd>("ioas.c:iommufd_ioas_copy()", Handle);

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_copy(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasCopyCmd>();
        if (ucmd.Machine.Build.IommufdTest)
            ConvertForFuzzers(ucmd, ref cmd);
        if ((cmd.Flags & ~IoasMap.KnownFlags) != 0)
            return Errno.EOPNOTSUPP;
        if (Math.Max(Math.Max(cmd.Length, cmd.SrcIova), cmd.DstIova) == ulong.MaxValue)
            return Errno.EOVERFLOW;
        if (!IoasMap.HasDirection(cmd.Flags))
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.SrcIoasId, ObjectType.Ioas, out Ioas source);
        if (rc != Errno.OK)
            return rc;
        var slices = new List<PagesSlice>();
        rc = source.Iopt.GetSlices(cmd.SrcIova, cmd.Length, slices);
        ucmd.Context.Put(source);
        if (rc != Errno.OK)
            return rc;
        rc = ucmd.Context.Get(cmd.DstIoasId, ObjectType.Ioas, out Ioas destination);
        if (rc == Errno.OK)
        {
            rc = MapSlices(ucmd, ref cmd, destination, slices);
            ucmd.Context.Put(destination);
        }

        IoPagetable.ReleaseSlices(ucmd.Machine, slices);
        return rc;
    }

    private static Errno MapSlices(Ucmd ucmd, ref IoasCopyCmd cmd, Ioas destination, List<PagesSlice> slices)
    {
        var iova = cmd.DstIova;
        var rc = destination.Iopt.MapSlices(
            CollectionsMarshal.AsSpan(slices),
            cmd.Length,
            ref iova,
            IoasMap.ProtOf(ucmd.Machine, cmd.Flags),
            IoasMap.IsAutomatic(cmd.Flags)
        );
        if (rc != Errno.OK)
            return rc;
        cmd.DstIova = iova;
        return ucmd.Respond();
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_syz_conv_iova_id(), v6.12 and v7.3.
    private static void ConvertForFuzzers(Ucmd ucmd, ref IoasCopyCmd cmd)
    {
        if ((cmd.Flags & SelftestConstants.MOCK_FLAGS_ACCESS_SYZ) == 0)
            return;
        cmd.Flags &= ~SelftestConstants.MOCK_FLAGS_ACCESS_SYZ;
        if (ucmd.Context.Get(cmd.SrcIoasId, ObjectType.Ioas, out Ioas ioas) != Errno.OK)
            return;
        cmd.SrcIova = ioas.Iopt.AddressInNth((uint)cmd.SrcIova, (uint)(cmd.SrcIova >> 32));
        ucmd.Context.Put(ioas);
    }
}
