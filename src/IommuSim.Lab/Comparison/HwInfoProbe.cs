namespace IommuSim.Lab.Comparison;

/// <summary>What GET_HW_INFO says about a device.</summary>
/// <param name="Call">Null where the kernel has no such ioctl.</param>
/// <param name="HasList">Whether the kernel's struct has a bitmap of hwpt types at all.</param>
/// <param name="Bitmap">The bitmap, when the call succeeded and there is one.</param>
public sealed record HwInfoProbe(CallProbe? Call, bool HasList, ulong? Bitmap)
{
    /// <summary>Types that a 64-bit bitmap can name.</summary>
    private const uint BitmapWidth = 64;

    /// <summary>Whether an obedient program would use the type; null where nothing tells it.</summary>
    public bool? Advertises(uint type) =>
        Bitmap is { } bitmap ? type < BitmapWidth && ((bitmap >> (int)type) & 1) != 0 : null;
}
