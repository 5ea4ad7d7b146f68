namespace IommuSim.Source.Tests.Edits;

/// <summary>Mistakes that a patch could make, in the C of Linux 7.3.</summary>
internal static class Mistakes
{
    /// <summary>An IOAS can be found before its ranges and its lock are there.</summary>
    public static SourceEdit[] PublishEarly { get; } =
    [
        new("iommufd_ioas_alloc", @"(?=iopt_init_table\()", "iommufd_object_finalize(ictx, &ioas->obj); "),
        new("iommufd_ioas_alloc_ioctl", @"iommufd_object_finalize\([^;]*", ""),
    ];

    /// <summary>A replace reads which hwpt the group is on before it has the group's lock.</summary>
    public static SourceEdit[] ReadEarly { get; } =
    [
        new("iommufd_device_do_replace", @"\bold_hwpt = attach->hwpt", ""),
        new(
            "iommufd_device_do_replace",
            @"(?=mutex_lock\()",
            "attach = xa_load(&igroup->pasid_attach, pasid); old_hwpt = attach ? attach->hwpt : NULL; "
        ),
    ];

    /// <summary>Where there is no memory for a queue of events, its vIOMMU is not put.</summary>
    public static SourceEdit[] DropPut { get; } =
    [
        new(
            "iommufd_veventq_alloc",
            @"PTR_ERR\(veventq\);\s*goto \w+;",
            "PTR_ERR(veventq); up_write(&viommu->veventqs_rwsem);\nreturn rc;"
        ),
    ];

    /// <summary>An object is held only after the lock of the table is given up: it may be freed by then.</summary>
    public static SourceEdit[] UnlockEarly { get; } =
    [
        new("iommufd_get_object", @"xa_unlock\([^;]*;(?=\s*return)", ""),
        new("iommufd_get_object", @"(?<=xa_load\([^;]*;)", " xa_unlock(&ictx->objects);"),
    ];
}
