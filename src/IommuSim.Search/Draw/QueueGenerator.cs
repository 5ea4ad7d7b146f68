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

    private static readonly ulong[] s_cookies = [1, 1, 1, 1, 2, 3, 0, 9, 0xffffffff];
    private static readonly ulong[] s_codes = [2, 0xf, 0x80000000, 0xffffffff];

    /// <summary>A call on one of the open queues, of which there must be one; mostly where there is work.</summary>
    public Call Draw(int label)
    {
        var at = state.Random.Below(16);
        if (state.Unanswered.Count > 0 && at < 6)
            return Write(label, state.Random.Pick(state.Unanswered).Queue);
        var queue =
            state.Readable.Count > 0 && at < 10 ? state.Random.Pick(state.Readable) : state.Random.Pick(state.Queues);
        return at switch
        {
            < 12 => Read(label, queue),
            12 when state.Random.OneIn(3) => Write(label, queue),
            < 15 => new Call(label, CallKind.Poll, "poll") { File = queue },
            _ => new Call(label, CallKind.Close, "close") { File = queue },
        };
    }

    /// <summary>A call on this queue; a response to what another task may be about to read.</summary>
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
        var unit = HoldsFaults(queue) ? s_fault : s_event;
        var count = state.Random.Below(16) switch
        {
            0 => Numbers.Near(unit, state.Random),
            1 => 8ul,
            2 => s_fault + s_event - unit,
            < 8 => unit,
            < 11 => 2 * unit,
            _ => s_fault * s_event,
        };
        // A buffer that is too short has nothing behind it.
        var room =
            state.Random.OneIn(8) ? state.Random.Below((uint)unit)
            : state.Random.OneIn(8) ? Math.Min(count, unit + state.Random.Below((uint)unit))
            : count;
        var call = new Call(label, CallKind.Read, "read") { File = queue };
        return Transfer(call, MemorySpec.Plain(room, 0xff), count);
    }

    /// <summary>
    /// Responses to groups of faults, mostly to those that wait for one; kernels hand out the lowest free cookie from
    /// 1. Now and then some are wrong, the first or one behind it.
    /// </summary>
    public Call Write(int label, int queue)
    {
        var responses = 1 + (int)state.Random.Below(3);
        var memory = MemorySpec.Structs<HwptPageResponse>(
            responses,
            () => [("cookie", Cookie(queue)), ("code", Code())]
        );
        var count = state.Random.OneIn(16) ? Numbers.Near(memory.Size, state.Random) : memory.Size;
        if (state.Random.OneIn(16))
            count += 8; // More than the buffer has.
        var call = new Call(label, CallKind.Write, "write") { File = queue };
        return Transfer(call, memory, count);
    }

    private ulong Cookie(int queue)
    {
        var waiting = 0;
        foreach (var (other, _) in state.Unanswered)
            waiting += other == queue ? 1 : 0;
        if (waiting == 0 || state.Random.OneIn(8))
            return state.Random.Pick(s_cookies);
        var skip = (int)state.Random.Below((uint)waiting);
        foreach (var (other, cookie) in state.Unanswered)
        {
            if (other == queue && skip-- == 0)
                return cookie;
        }

        return 0;
    }

    private ulong Code() => state.Random.OneIn(12) ? state.Random.Pick(s_codes) : state.Random.Below(2);

    private bool HoldsFaults(int queue)
    {
        foreach (var known in state.All)
        {
            if (known.Label == queue && known.Kind == ObjectKind.Veventq)
                return false;
        }

        return true;
    }

    private Call Transfer(Call call, MemorySpec memory, ulong count)
    {
        var access = state.Random.Below(16) switch
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
