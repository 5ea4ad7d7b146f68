using System.Collections.Immutable;
using IommuSim.Iommufd.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Vfio;

/// <summary>
/// What /dev/iommu answers of VFIO's containers, for the IOAS of the file. Models
/// drivers/iommu/iommufd/vfio_compat.c. The kernel is one with CONFIG_IOMMUFD_VFIO_CONTAINER, so that the same is at
/// /dev/vfio/vfio. Groups without an IOMMU are not modelled.
/// </summary>
internal static class Containers
{
    private const long ApiVersion = 0;

    /// <summary>6.12: the length of a mapping is checked before the end of its memory.</summary>
    public static ImmutableArray<IoctlRow> Linux612 { get; } = RowsWith(IoptPages.CheckLengthFirst);

    public static ImmutableArray<IoctlRow> Linux73 { get; } = RowsWith(IoptPages.CheckEndFirst);

    private static ImmutableArray<IoctlRow> RowsWith(Ioctls.IoasMap.CheckMemory check) =>
        [
            Value(IoctlNumber.VFIO_GET_API_VERSION, "VFIO_GET_API_VERSION", "iommufd_vfio_ioctl()", GetApiVersion),
            Value(
                IoctlNumber.VFIO_CHECK_EXTENSION,
                "VFIO_CHECK_EXTENSION",
                "iommufd_vfio_check_extension()",
                CheckExtension
            ),
            Value(IoctlNumber.VFIO_SET_IOMMU, "VFIO_SET_IOMMU", "iommufd_vfio_set_iommu()", SetIommu),
            Row<VfioIommuInfo>("iommufd_vfio_iommu_get_info()", static ucmd => ContainerInfo.Get(ucmd)),
            Row<VfioDmaMap>("iommufd_vfio_map_dma()", ucmd => ContainerMap.Map(ucmd, check)),
            Row<VfioDmaUnmap>("iommufd_vfio_unmap_dma()", static ucmd => ContainerMap.Unmap(ucmd)),
        ];

    private static IoctlRow Row<T>(string function, IoctlHandler handler)
        where T : unmanaged => IoctlRow.For<T>("vfio_compat.c:" + function, handler);

    /// <summary>A call whose argument is a number and no address.</summary>
    private static IoctlRow Value(uint nr, string name, string function, IoctlHandler handler) =>
        new(nr, name, null, 0, 0, handler) { Models = "drivers/iommu/iommufd/vfio_compat.c:" + function };

    private static Errno GetApiVersion(Ucmd ucmd)
    {
        ucmd.Value = ApiVersion;
        return Errno.OK;
    }

    /// <summary>Returns 1 for what it can, 0 for the rest; ENODEV where the IOAS would say.</summary>
    // Models iommufd_vfio_check_extension(), v6.12 and v7.3.
    private static Errno CheckExtension(Ucmd ucmd)
    {
        switch (ucmd.UserAddress)
        {
            case VfioExtension.VFIO_TYPE1_IOMMU:
            case VfioExtension.VFIO_TYPE1v2_IOMMU:
            case VfioExtension.VFIO_UNMAP_ALL:
                ucmd.Value = 1;
                return Errno.OK;
            case VfioExtension.VFIO_DMA_CC_IOMMU:
                return IsCoherent(ucmd);
            case VfioExtension.VFIO_NOIOMMU_IOMMU:
                ucmd.Value = ucmd.Machine.Build.IommufdNoiommu ? 1 : 0;
                return Errno.OK;
            default:
                return Errno.OK;
        }
    }

    // Models iommufd_vfio_cc_iommu(), v6.12 and v7.3.
    private static Errno IsCoherent(Ucmd ucmd)
    {
        const string Site = "iommufd_vfio_cc_iommu";
        var rc = ucmd.Context.GetVfioIoas(out var ioas);
        if (rc != Errno.OK)
            return rc;
        var isCoherent = true;
        ioas.Mutex.Lock(Site);
        for (var hwpt = ioas.Hwpts.First; hwpt is not null && isCoherent; hwpt = hwpt.Next)
            isCoherent = hwpt.EnforcesCacheCoherency;
        ioas.Mutex.Unlock(Site);
        ucmd.Context.Put(ioas);
        ucmd.Value = isCoherent ? 1 : 0;
        return rc;
    }

    /// <summary>
    /// EINVAL for a type that is none of the two, ENODEV without an IOAS. The older type unmaps parts of mappings, for
    /// which large pages are turned off: EINVAL and EADDRINUSE as for IOMMU_OPTION.
    /// </summary>
    // Models iommufd_vfio_set_iommu(), v6.12 and v7.3.
    private static Errno SetIommu(Ucmd ucmd)
    {
        var type = ucmd.UserAddress;
        if (type is not (VfioExtension.VFIO_TYPE1_IOMMU or VfioExtension.VFIO_TYPE1v2_IOMMU))
            return Errno.EINVAL;
        var rc = ucmd.Context.GetVfioIoas(out var ioas);
        if (rc != Errno.OK)
            return rc;
        if (type == VfioExtension.VFIO_TYPE1_IOMMU)
            rc = ioas.Iopt.DisableLargePages();
        ucmd.Context.Put(ioas);
        return rc;
    }
}
