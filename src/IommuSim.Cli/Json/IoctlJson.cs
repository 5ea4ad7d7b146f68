using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Cli.Json;

/// <summary>
/// One shape of an ioctl, and the kernels that have it so. Fields are empty where it is not
/// modelled.
/// </summary>
internal sealed record IoctlJson(
    string Name,
    uint Request,
    int Size,
    int MinSize,
    string Support,
    string Note,
    bool TestOnly,
    IReadOnlyList<string> Kernels,
    string? Struct,
    IReadOnlyList<IoctlJson.FieldJson> Fields
)
{
    public static IoctlJson Of(IoctlRow row, IEnumerable<string> kernels)
    {
        var layout = row.Struct is null ? null : StructLayoutTable.Of(row.Struct);
        return new IoctlJson(
            row.Name,
            IoctlNumber.Request(row.Nr),
            row.Size,
            row.MinSize,
            row.Support.ToString().ToLowerInvariant(),
            row.Note,
            row.TestOnly,
            [.. kernels],
            layout?.CName,
            [.. (layout?.Fields ?? []).Select(f => new FieldJson(f.CName, f.CType, f.Offset, f.Size))]
        );
    }

    internal sealed record FieldJson(string Name, string Type, int Offset, int Size);
}
