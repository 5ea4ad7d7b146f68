using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommu;

/// <summary>
/// A cache invalidation as a driver receives it: one request that the core copied (v1 to v3), or an array
/// in user memory (v4 on).
/// </summary>
internal struct InvalidateRequest
{
    /// <summary>Where the driver reports and copies; set by the caller of the op.</summary>
    public KernelMachine Machine;

    /// <summary>The copied request, v1 to v3. It lies in the ioctl's buffer on the stack.</summary>
    public KernelBuffer? Copied;

    /// <summary>The type of the entries, merged kernels.</summary>
    public uint Type;

    /// <summary>User address of the first entry.</summary>
    public ulong Uptr;

    /// <summary>Bytes of one entry.</summary>
    public uint EntryLength;

    /// <summary>
    /// On entry the number of entries, on return the number handled. Signed, as v4 declared it: a count
    /// from user space of 2^31 or more arrives negative.
    /// </summary>
    public int EntryCount;

    /// <summary>Merged kernels: <see cref="EntryCount"/> holds the bits of a u32.</summary>
    public bool CountIsUnsigned;

    /// <summary>v4 only: the driver's own error code.</summary>
    public uint DriverError;
}
