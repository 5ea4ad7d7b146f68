using System.Globalization;
using IommuSim.Uapi;

namespace IommuSim.Bench;

/// <summary>What the designs cannot say of a driver, each as a clause; null for what they can.</summary>
internal static class LookupLimits
{
    private const uint Default = HwptType.IOMMU_HWPT_TYPE_DEFAULT;

    /// <summary>
    /// The number must be an entry, and of no other driver with other types; each type must have a bit.
    /// </summary>
    public static string? OfArray(LookupTable table, LookupDriver driver)
    {
        if (driver.Number >= LookupTable.MostEntries)
        {
            var bytes = ((ulong)driver.Number + 1) * sizeof(ulong);
            return $"its number {Text(driver.Number)} needs an array of {Size(bytes)}; "
                + $"{LookupTable.MostEntries} entries are the limit";
        }

        var other = table.Drivers.FirstOrDefault(d => d.Number == driver.Number && d.Bitmap != driver.Bitmap);
        return OfBitmap(driver)
            ?? (
                other is null
                    ? null
                    : $"its number {Text(driver.Number)} is also that of {other.Name}, with other types"
            );
    }

    /// <summary>The mock's number is asked for first, and means every type.</summary>
    public static string? OfCheckedArray(LookupTable table, LookupDriver driver) =>
        driver.Number == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST ? null : OfArray(table, driver);

    /// <summary>One type, which is the driver's number and has a bit.</summary>
    public static string? OfBitUll(LookupTable table, LookupDriver driver)
    {
        if (driver.Number >= LookupTable.TypesOfBitmap)
            return $"its number {Text(driver.Number)} is too large for a bit";
        if (driver.Types.Length > 1 && driver.Types.Contains(Default))
            return "DEFAULT cannot be listed beside a type";
        if (driver.Types.Length > 1)
            return $"{driver.Types.Length} types for one number";
        if (driver.Types.IsEmpty)
            return $"it lists no type, and its number {Text(driver.Number)} would be taken for one";
        return driver.Types[0] == driver.Number
            ? null
            : $"its type {Text(driver.Types[0])} is not its number {Text(driver.Number)}";
    }

    /// <summary>One type; DEFAULT goes without saying.</summary>
    public static string? OfOneType(LookupTable table, LookupDriver driver) =>
        driver.Asked.Length > 1 ? $"{driver.Asked.Length} types, and one number for them" : null;

    /// <summary>Each type must have a bit.</summary>
    public static string? OfBitmap(LookupDriver driver)
    {
        foreach (var type in driver.Types)
        {
            if (type >= LookupTable.TypesOfBitmap)
                return $"its type {Text(type)} is too large for a bit";
        }

        return null;
    }

    private static string Text(uint number) =>
        number < 1024 ? number.ToString(CultureInfo.InvariantCulture) : $"0x{number:x}";

    private static string Size(ulong bytes) =>
        bytes >= 1_000_000_000 ? $"{bytes / 1_000_000_000} GB"
        : bytes >= 1_000_000 ? $"{bytes / 1_000_000} MB"
        : $"{bytes / 1000} kB";
}
