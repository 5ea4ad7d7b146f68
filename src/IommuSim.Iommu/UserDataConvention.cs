namespace IommuSim.Iommu;

/// <summary>
/// How a kernel hands the data of a hw_pagetable to its drivers. Lets a driver that is described by a table
/// alone follow the kernel it is added to.
/// </summary>
internal enum UserDataConvention
{
    /// <summary>Drivers get no data: before the series, and 6.6.</summary>
    None,

    /// <summary>v1: the core copies as many bytes as its own table has; every failure returns NULL.</summary>
    CoreTable,

    /// <summary>v2: the driver returns the length; every failure returns NULL.</summary>
    LengthOp,

    /// <summary>v3: the core copies, the driver checks the type and returns an errno.</summary>
    CopiedTyped,

    /// <summary>v4: the driver copies and checks; a wrong type is EINVAL.</summary>
    UserPointer,

    /// <summary>6.7 and later: as v4, a wrong type is EOPNOTSUPP.</summary>
    Merged,
}
