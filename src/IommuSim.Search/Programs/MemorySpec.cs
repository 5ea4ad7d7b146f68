using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Search.Programs;

/// <summary>Memory that a call passes: structs by field, or bytes of one value.</summary>
/// <param name="Layout">The layout of the structs; null for plain bytes.</param>
/// <param name="Entries">The fields of each struct.</param>
/// <param name="Length">Bytes, where there is no layout.</param>
public sealed record MemorySpec(
    StructLayoutTable? Layout,
    ImmutableArray<ImmutableArray<FieldSetting>> Entries,
    ulong Length,
    byte Fill,
    PageAccess Access
)
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>A file that is memory: the field gets its descriptor.</summary>
    public bool IsFile { get; init; }

    /// <summary>Bytes in all.</summary>
    public ulong Size => Layout is null ? Length : (ulong)(Layout.Size * Entries.Length);

    /// <summary>Bytes of the pages that hold it, of which there is at least one.</summary>
    public ulong Room => Math.Max(1, (Size + PageSize - 1) / PageSize) * PageSize;

    /// <summary>Bytes of one value.</summary>
    public static MemorySpec Plain(ulong length, byte fill = 0, PageAccess access = PageAccess.ReadWrite) =>
        new(null, [], length, fill, access);

    /// <summary>A file of so many bytes, each of this value.</summary>
    public static MemorySpec File(ulong length, byte fill) =>
        new(null, [], length, fill, PageAccess.ReadWrite) { IsFile = true };

    /// <summary>Structs of the uAPI, by the fields that are set in each.</summary>
    public static MemorySpec Structs<T>(int count, Func<(string Name, ulong Number)[]> draw)
        where T : unmanaged
    {
        var entries = Enumerable
            .Range(0, count)
            .Select(_ => draw().Select(f => new FieldSetting(f.Name, CallValue.Of(f.Number))).ToImmutableArray());
        return new(StructLayoutTable.Of(typeof(T)), [.. entries], 0, 0, PageAccess.ReadWrite);
    }
}
