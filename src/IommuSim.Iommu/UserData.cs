using IommuSim.Machine.Memory;

namespace IommuSim.Iommu;

/// <summary>
/// The driver-specific data of a hw_pagetable allocation as a driver receives it. In v1 to v3 the core
/// copied it into a kernel buffer first; from v4 on the driver gets the user pointer and copies itself.
/// </summary>
/// <param name="Present">False where C passes a NULL pointer.</param>
/// <param name="Type">The type tag; only from v3 on does the driver see it.</param>
/// <param name="Copied">The core's copy, v1 to v3.</param>
/// <param name="Uptr">The user address, v4 on.</param>
/// <param name="Length">Bytes at <paramref name="Uptr"/>.</param>
internal readonly record struct UserData(bool Present, uint Type, KernelBuffer? Copied, ulong Uptr, uint Length)
{
    /// <summary>C's NULL.</summary>
    public static UserData None => default;

    public static UserData OfCopy(uint type, KernelBuffer? copied) => new(copied is not null, type, copied, 0, 0);

    public static UserData OfUser(uint type, ulong uptr, uint length) => new(true, type, null, uptr, length);
}
