using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>The buffer of GET_HW_INFO and of IOVA_RANGES.</summary>
internal static class BufferGenerator
{
    private static readonly ulong[] s_lengths =
    [
        0,
        1,
        4,
        8,
        16,
        24,
        63,
        64,
        65,
        4096,
        0x80000000,
        0x80000100,
        0xffffffff,
    ];

    public static void Fill(FieldDraft draft, ref SplitMix random)
    {
        var length = Numbers.Pick(s_lengths, ref random);
        var memory = random.Below(12) switch
        {
            0 => MemorySpec.Plain(length, 0, PageAccess.ReadOnly),
            1 => MemorySpec.Plain(16, 0xff),
            _ => MemorySpec.Plain(length, 0xff),
        };
        if (draft.Has("data_len"))
        {
            draft.Set("data_len", length);
            draft.SetFirst(CallValue.At(memory), "data_ptr", "data_uptr");
        }
        else if (draft.Has("num_iovas"))
        {
            var count = random.Below(6);
            draft.Set("num_iovas", count);
            var room = MemorySpec.Plain(count * 16, 0xff, memory.Access);
            draft.Set("allowed_iovas", CallValue.At(room));
        }
        else if (draft.Has("start"))
        {
            draft.Set("start", 0x40000000ul + (random.Below(4) << 16));
            draft.Set("length", 0x1000);
        }
    }
}
