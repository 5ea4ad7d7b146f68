using System.Globalization;
using IommuSim.Uapi;

namespace IommuSim.Cli.Commands;

/// <summary>The value of <c>--type</c>: a number or the end of its C name.</summary>
internal static class TypeNumber
{
    private static readonly (string Name, uint Type)[] s_names =
    [
        ("DEFAULT", HwptType.IOMMU_HWPT_TYPE_DEFAULT),
        ("NONE", HwptType.IOMMU_HWPT_DATA_NONE),
        ("VTD_S1", HwptType.IOMMU_HWPT_TYPE_VTD_S1),
        ("ARM_SMMUV3", HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3),
        ("SELFTTEST", HwptType.IOMMU_HWPT_TYPE_SELFTTEST),
        ("SELFTEST", HwptType.IOMMU_HWPT_TYPE_SELFTEST),
    ];

    public static uint Parse(string text)
    {
        foreach (var (name, type) in s_names)
        {
            if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase))
                return type;
        }

        var hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var digits = hexadecimal ? text.AsSpan(2) : text;
        var style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return uint.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InputErrorException(
                $"'{text}' is no hwpt type: expected a number of 32 bits, or a name"
                    + Inputs.Suggest(text, s_names.Select(n => n.Name))
            );
    }
}
