namespace IommuSim.Cli.Review;

/// <summary>From one layout of a struct to the next: what a program that was built before finds in its place.</summary>
internal static class UapiStep
{
    private const string Breaks = ": this breaks programs that were built before";

    /// <summary>Null where nothing changes.</summary>
    public static UapiChange? Between(string name, UapiStruct before, UapiStruct after)
    {
        if (before.Size == after.Size && before.Fields.SequenceEqual(after.Fields))
            return null;
        var sizes =
            before.Size == after.Size
                ? $"{after.Size} bytes as before"
                : $"{before.Size} bytes before, {after.Size} now";
        var moved = before.Fields.Select(field => Moved(field, after)).OfType<string>().ToArray();
        if (moved.Length > 0)
            return new UapiChange($"struct {name}: {string.Join(", ", moved)}; {sizes}{Breaks}", Breaks: true);
        if (after.Size < before.Size)
            return new UapiChange($"struct {name} loses its end; {sizes}{Breaks}", Breaks: true);
        string[] fresh =
        [
            .. after
                .Fields.Where(f => !before.Fields.Any(old => old.Name == f.Name))
                .Select(f => $"{f.Type} {f.Name} at {f.Offset}"),
        ];
        return new UapiChange(
            after.Size > before.Size
                ? $"struct {name} grows at its end: {string.Join(", ", fresh)}; {sizes}"
                : $"struct {name} has {(fresh.Length > 0 ? string.Join(", ", fresh) : "other types")}; {sizes}"
        );
    }

    /// <summary>Null where the bytes of the field mean what they meant, or were reserved.</summary>
    private static string? Moved(UapiField field, UapiStruct after)
    {
        if (after.Fields.FirstOrDefault(f => f.Name == field.Name) is not { } now)
            return IsReserved(field.Name) ? null : $"{field.Name} at {field.Offset} is gone";
        // What was reserved may become smaller; user space passes zeros there.
        if (IsReserved(field.Name))
            return null;
        if (now.Offset != field.Offset)
            return $"{field.Name} moves from {field.Offset} to {now.Offset}";
        return now.Size == field.Size
            ? null
            : $"{field.Name} at {field.Offset} had {field.Size} bytes and has {now.Size}";
    }

    private static bool IsReserved(string name) =>
        name.Contains("reserved", StringComparison.Ordinal) || name.StartsWith("__pad", StringComparison.Ordinal);
}
