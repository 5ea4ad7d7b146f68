using System.Runtime.CompilerServices;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Draw;

/// <summary>Draws what is done with the descriptors of queues: read, write, poll and close.</summary>
internal sealed class QueueGenerator(DrawState state)
{
    private static readonly ulong s_fault = (ulong)Unsafe.SizeOf<HwptPgfault>();
    private static readonly ulong s_event = (ulong)(
        Unsafe.SizeOf<VeventHeader>() + Unsafe.SizeOf<ViommuEventSelftest>()
    );

    private static readonly ulong[] s_cookies = [1, 1, 1, 1, 2, 2, 3, 0, 9, 0xffffffff];
    private static readonly ulong[] s_codes = [0, 0, 0, 1, 1, 1, 2, 0xf, 0x80000000, 0xffffffff];

    /// <summary>A call on one of the open queues, of which there must be one.</summary>
    public Call Draw(int label) => Draw(label, state.Random.Pick(state.Queues));

    /// <summary>A call on this queue.</summary>
    public Call Draw(int label, int queue) =>
        state.Random.Below(16) switch
        {
            < 8 => Read(label, queue),
            < 13 => Write(label, queue),
            < 14 => new Call(label, CallKind.Poll, "poll") { File = queue },
            _ => new Call(label, CallKind.Close, "close") { File = queue },
        };

    public Call Read(int label, int queue)
    {
        var unit = state.Random.Below(2) == 0 ? s_fault : s_event;
        var count = state.Random.Below(12) switch
        {
            0 => Numbers.Near(unit, state.Random),
            1 => 8ul,
            2 or 3 or 4 => unit,
            _ => s_fault * s_event,
        };
        // A buffer that is too short has nothing behind it.
        var room = state.Random.OneIn(6) ? state.Random.Below((uint)unit) : count;
        var call = new Call(label, CallKind.Read, "read") { File = queue };
        return Transfer(call, MemorySpec.Plain(room, 0xff), count);
    }

    /// <summary>Responses to one or two fault groups; kernels hand out the lowest free cookie from 1.</summary>
    public Call Write(int label, int queue)
    {
        var memory = MemorySpec.Structs<HwptPageResponse>(
            state.Random.Below(3) == 0 ? 2 : 1,
            () => [("cookie", state.Random.Pick(s_cookies)), ("code", state.Random.Pick(s_codes))]
        );
        var count = state.Random.OneIn(12) ? Numbers.Near(memory.Size, state.Random) : memory.Size;
        var call = new Call(label, CallKind.Write, "write") { File = queue };
        return Transfer(call, memory, count);
    }

    private Call Transfer(Call call, MemorySpec memory, ulong count)
    {
        var access = state.Random.Below(8) switch
        {
            0 => PageAccess.Absent,
            1 => PageAccess.ReadOnly,
            _ => PageAccess.ReadWrite,
        };
        return call with
        {
            Fields =
            [
                new FieldSetting(Call.Buffer, CallValue.At(memory with { Access = access })),
                new FieldSetting(Call.Count, CallValue.Of(count)),
            ],
        };
    }
}
