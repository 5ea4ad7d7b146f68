using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>How a kernel holds objects during ioctls and takes them down: one row per rework of the code.</summary>
/// <param name="Name">As <c>show</c> prints it.</param>
internal sealed record ObjectLifetime(string Name)
{
    /// <summary>Takes a short hold; false when the object is going away.</summary>
    public required Func<IommufdObject, bool> TryLock { get; init; }

    /// <summary>Releases a short hold.</summary>
    public required Action<IommufdObject> Put { get; init; }

    /// <summary>What IOMMU_DESTROY does: ENOENT, EBUSY while the object is held, else the object is gone.</summary>
    public required Func<IommufdContext, uint, Errno> DestroyById { get; init; }

    /// <summary>
    /// Destroys an object of the kernel itself; takes over the caller's users reference. Warns when the object is still
    /// held.
    /// </summary>
    public required Action<IommufdObject> DestroyUser { get; init; }

    /// <summary>As <see cref="DestroyUser"/>, and the id stays taken until the file is closed; from 6.17 on.</summary>
    public Action<IommufdObject> TombstoneUser { get; init; } = static _ => { };

    /// <summary>
    /// From 6.17 on: a destroyer that must wait first revokes long holds, ids may be tombstones, and an abort of an
    /// object with another holder warns and leaks it.
    /// </summary>
    public bool RevokesHolds { get; init; }

    /// <summary>Gives up a users reference of an automatic hwpt, and destroys it when that was the last.</summary>
    public required Action<IommufdObject> PutAutomatic { get; init; }
}
