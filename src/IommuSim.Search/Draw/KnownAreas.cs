using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Draw;

/// <summary>What an IOAS maps from <paramref name="Iova"/> to <paramref name="Last"/>.</summary>
/// <param name="File">The label of its descriptor.</param>
/// <param name="Memory">
/// The user address behind it; 0 where that is not known, or it is no memory of the program.
/// </param>
/// <param name="IsWritable">It may be mapped once more to be written to.</param>
internal readonly record struct KnownArea(
    CallValue Ioas,
    int File,
    ulong Iova,
    ulong Last,
    ulong Memory,
    bool IsWritable
)
{
    public ulong Length => Last - Iova + 1;

    /// <summary>A file is mapped.</summary>
    public bool IsFile { get; init; }

    /// <summary>The file is a dma-buf.</summary>
    public bool IsBuffer { get; init; }
}

/// <summary>What a program knows of its mappings by what it has mapped, copied and unmapped.</summary>
internal static class KnownAreas
{
    /// <summary>Learns from a call that succeeded on a kernel that cannot be looked into.</summary>
    public static void NoteFromOutside(Call call, SequenceMachine machine, DrawState state)
    {
        if (call.FieldOf("dst_ioas_id").Label != 0)
            NoteCopy(call, machine, state);
        else if (IsMap(call))
            NoteMap(call, machine, state);
        else if (IoasOf(call, state) is { Label: not 0 } ioas)
            NoteUnmap(call, ioas, state);
    }

    private static bool IsMap(Call call) => call.Fields.Any(f => f.Name is "user_va" or "fd" or "vaddr");

    private static void NoteMap(Call call, SequenceMachine machine, DrawState state)
    {
        var isOfContainer = call.Fields.Any(f => f.Name == "size");
        var ioas = IoasOf(call, state);
        var (iova, length) = (machine.FieldOf(call, "iova"), machine.FieldOf(call, isOfContainer ? "size" : "length"));
        var writeable = isOfContainer ? 2u : IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE;
        if (ioas.Label == 0 || length == 0)
            return;
        Remove(state, ioas, iova, iova + (length - 1));
        var memory = machine.FieldOf(call, isOfContainer ? "vaddr" : "user_va");
        state.Areas.Add(
            new KnownArea(
                ioas,
                call.File,
                iova,
                iova + (length - 1),
                memory,
                (machine.FieldOf(call, "flags") & writeable) != 0
            )
            {
                IsFile = call.Fields.Any(f => f.Name == "fd"),
                IsBuffer = state.Find(call.FieldOf("fd")) is { Kind: ObjectKind.DmaBuf },
            }
        );
    }

    private static void NoteCopy(Call call, SequenceMachine machine, DrawState state)
    {
        var ioas = call.FieldOf("dst_ioas_id");
        var (iova, length) = (machine.FieldOf(call, "dst_iova"), machine.FieldOf(call, "length"));
        if (length == 0)
            return;
        Remove(state, ioas, iova, iova + (length - 1));
        var source = machine.FieldOf(call, "src_iova");
        var from = state.Areas.FindIndex(a =>
            a.Ioas == call.FieldOf("src_ioas_id") && a.Iova <= source && source <= a.Last
        );
        if (from < 0)
            return;
        var area = state.Areas[from];
        state.Areas.Add(
            area with
            {
                Ioas = ioas,
                File = call.File,
                Iova = iova,
                Last = iova + (length - 1),
                Memory = area.IsFile ? 0 : area.Memory + (source - area.Iova),
                IsWritable = (machine.FieldOf(call, "flags") & IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE) != 0,
            }
        );
    }

    /// <summary>The length that was asked for: what is returned says nothing of where.</summary>
    private static void NoteUnmap(Call call, CallValue ioas, DrawState state)
    {
        var isOfContainer = call.Fields.Any(f => f.Name == "size");
        var iova = call.FieldOf("iova").Number;
        var length = call.FieldOf(isOfContainer ? "size" : "length").Number;
        if (length == 0)
            return;
        var last = length == ulong.MaxValue ? length : iova + (length - 1);
        foreach (var area in state.Areas.Where(a => isOfContainer && a.Ioas == ioas).ToList())
        {
            // A part of it goes.
            if (area.Iova < iova && area.Last >= iova)
                state.Areas.Add(area with { Last = iova - 1 });
            if (area.Last > last && area.Iova <= last)
                state.Areas.Add(
                    area with
                    {
                        Iova = last + 1,
                        Memory = area.Memory == 0 ? 0 : area.Memory + (last + 1 - area.Iova),
                    }
                );
            if (area.Iova <= last && area.Last >= iova)
                state.Areas.Remove(area);
        }

        Remove(state, ioas, iova, last);
    }

    /// <summary>The IOAS that the call names; of a call of a container that of the descriptor.</summary>
    private static CallValue IoasOf(Call call, DrawState state) =>
        call.Fields.Any(f => f.Name == "size")
            ? state.Containers.GetValueOrDefault(call.File)
            : call.FieldOf("ioas_id");

    private static void Remove(DrawState state, CallValue ioas, ulong iova, ulong last) =>
        state.Areas.RemoveAll(a => a.Ioas == ioas && a.Iova >= iova && a.Last <= last);
}
