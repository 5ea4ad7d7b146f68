using IommuSim.Iommufd;

namespace IommuSim.Scenarios.Comparison;

/// <summary>What GET_HW_INFO says about a device.</summary>
/// <param name="Call">Null where the kernel has no such ioctl.</param>
/// <param name="HasList">
/// Whether the kernel's struct has a field that lists hwpt types at all.
/// </param>
/// <param name="List">The field, when the call succeeded and there is one.</param>
/// <param name="Policy">
/// Who knows how user space is to read the field; null where it is a bitmap.
/// </param>
public sealed record HwInfoProbe(CallProbe? Call, bool HasList, ulong? List, IHwptTypePolicy? Policy)
{
    /// <summary>Types that a 64-bit bitmap can name.</summary>
    private const uint BitmapWidth = 64;

    /// <summary>
    /// Whether an obedient program would use the type; null where nothing tells it.
    /// </summary>
    public bool? Advertises(uint type) =>
        List is not { } list ? null
        : Policy is not null ? Policy.Lists(list, type)
        : type < BitmapWidth && ((list >> (int)type) & 1) != 0;
}
