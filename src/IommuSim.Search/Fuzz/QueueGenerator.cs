using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>Draws what is done with the descriptors of queues: read, write, poll and close.</summary>
internal static class QueueGenerator
{
    /// <summary>The memory of a read or a write, and how much of it.</summary>
    public const string Buffer = "data";
    public const string Count = "count";

    private static readonly ulong s_fault = (ulong)Unsafe.SizeOf<HwptPgfault>();
    private static readonly ulong s_event = (ulong)(
        Unsafe.SizeOf<VeventHeader>() + Unsafe.SizeOf<ViommuEventSelftest>()
    );

    private static readonly StructLayoutTable s_response = StructLayoutTable.Of(typeof(HwptPageResponse));

    private static readonly ulong[] s_cookies = [1, 1, 1, 1, 2, 2, 3, 0, 9, 0xffffffff];
    private static readonly ulong[] s_codes = [0, 0, 0, 1, 1, 1, 2, 0xf, 0x80000000, 0xffffffff];

    /// <summary>A call on one of the open queues, of which there must be one.</summary>
    public static Call Draw(int label, ResourceTable known, ref SplitMix random)
    {
        var queue = known.Queues[(int)random.Below((uint)known.Queues.Count)];
        return random.Below(16) switch
        {
            < 8 => Read(label, queue, ref random),
            < 13 => Write(label, queue, ref random),
            < 14 => new Call(label, CallKind.Poll, "poll") { File = queue },
            _ => new Call(label, CallKind.Close, "close") { File = queue },
        };
    }

    public static Call Read(int label, int queue, ref SplitMix random)
    {
        var unit = random.Below(2) == 0 ? s_fault : s_event;
        var count = random.Below(12) switch
        {
            0 => Numbers.Near(unit, ref random),
            1 => 8ul,
            2 or 3 or 4 => unit,
            _ => s_fault * s_event,
        };
        // A buffer that is too short has nothing behind it.
        var room = Numbers.OneIn(6, ref random) ? random.Below((uint)unit) : count;
        var call = new Call(label, CallKind.Read, "read") { File = queue };
        return Transfer(call, MemorySpec.Plain(room, 0xff), count, ref random);
    }

    /// <summary>Answers to one or two groups, of which kernels hand out the lowest free cookies from 1.</summary>
    public static Call Write(int label, int queue, ref SplitMix random)
    {
        var entries = ImmutableArray.CreateBuilder<ImmutableArray<FieldSetting>>();
        var more = random.Below(3) == 0 ? 2 : 1;
        for (var i = 0; i < more; i++)
        {
            entries.Add([
                new FieldSetting("cookie", CallValue.Of(Numbers.Pick(s_cookies, ref random))),
                new FieldSetting("code", CallValue.Of(Numbers.Pick(s_codes, ref random))),
            ]);
        }

        var memory = new MemorySpec(s_response, entries.ToImmutable(), 0, 0, PageAccess.ReadWrite);
        var count = Numbers.OneIn(12, ref random) ? Numbers.Near(memory.Size, ref random) : memory.Size;
        var call = new Call(label, CallKind.Write, "write") { File = queue };
        return Transfer(call, memory, count, ref random);
    }

    private static Call Transfer(Call call, MemorySpec memory, ulong count, ref SplitMix random)
    {
        var access = random.Below(8) switch
        {
            0 => PageAccess.Absent,
            1 => PageAccess.ReadOnly,
            _ => PageAccess.ReadWrite,
        };
        return call with
        {
            Fields =
            [
                new FieldSetting(Buffer, CallValue.At(memory with { Access = access })),
                new FieldSetting(Count, CallValue.Of(count)),
            ],
        };
    }
}
