using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Source;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// Where GET_HW_INFO has the list of types, and how user space reads it. A kernel made of C has one where its struct
/// iommu_hw_info has a field <c>out_hwpt_type_bitmap</c>, or <c>out_hwpt_type</c>, which is the driver's one type.
/// </summary>
/// <param name="Offset">Bytes from the start of the struct.</param>
/// <param name="Size">Bytes of the field; at most 8.</param>
/// <param name="Lists">Whether a value of the field lists a type.</param>
internal sealed record HwptTypeList(int Offset, int Size, Func<ulong, uint, bool> Lists)
{
    private const string Bitmap = "out_hwpt_type_bitmap";
    private const string Number = "out_hwpt_type";

    /// <summary>Types that a 64-bit bitmap can name.</summary>
    private const uint BitmapWidth = 64;

    /// <summary>Null where the kernel lists no types.</summary>
    /// <param name="model">The struct of the release that the kernel is or stands for.</param>
    public static HwptTypeList? Find(IKernel kernel, IommufdSpec spec, Type model)
    {
        var layout = StructLayoutTable.Of(model);
        if (FieldNames.Find(layout, Bitmap) is { } field)
            return new HwptTypeList(
                field.Offset,
                field.Size,
                spec.HwptTypes?.Invoke(spec) is { } policy ? policy.Lists : IsBitSet
            );
        return Find(kernel, layout.CName, Bitmap, IsBitSet)
            ?? Find(kernel, layout.CName, Number, static (list, type) => type == 0 || type == list);
    }

    /// <summary>The struct as a program has it that was built against the kernel's own header.</summary>
    public static int SizeFor(IKernel kernel, Type model)
    {
        var layout = StructLayoutTable.Of(model);
        return kernel is SourceKernel { Image: var image } && image.HasStruct(layout.CName)
            ? Math.Max(layout.Size, (int)image.SizeOf(layout.CName))
            : layout.Size;
    }

    public ulong Read(ReadOnlySpan<byte> bytes)
    {
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        bytes.Slice(Offset, Size).CopyTo(wide);
        return BitConverter.ToUInt64(wide);
    }

    private static HwptTypeList? Find(IKernel kernel, string tag, string member, Func<ulong, uint, bool> lists) =>
        kernel is SourceKernel { Image: var image } && image.HasMember(tag, member)
            ? new HwptTypeList((int)image.OffsetOf(tag, member), (int)image.MemberSize(tag, member), lists)
            : null;

    private static bool IsBitSet(ulong list, uint type) => type < BitmapWidth && ((list >> (int)type) & 1) != 0;
}
