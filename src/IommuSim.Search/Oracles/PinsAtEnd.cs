using System.Buffers.Binary;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I19 of a kernel made of C: after the last close no page of the program is pinned any more. A program sees that by an
/// operation of the selftest on a file that it opens for it.
/// </summary>
internal sealed class PinsAtEnd(SequenceMachine machine)
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>Pages of one piece of memory that are looked at.</summary>
    private const ulong Most = 16;

    private readonly IoctlPlan? _plan = machine.Target.Plans.Values.FirstOrDefault(plan =>
        plan.Layout.Type == typeof(TestCheckRefs)
    );

    /// <summary>What is wrong, or null. Everything has been closed.</summary>
    public string? Check()
    {
        if (_plan is not { } plan || !machine.Running.Open(machine.Task, out var descriptor).Succeeded)
            return null;
        var argument = machine.Memory.Map((ulong)plan.Size, PageAccess.ReadWrite, 0, isCounted: false);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.Head, (uint)plan.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.Head[plan.Fields["op"].Offset..], plan.Op!.Value);
        var isPinned = false;
        foreach (var memory in machine.Memory.Mappings.ToList())
        {
            if (!memory.IsCounted || memory.Access == PageAccess.Absent)
                continue;
            var length = Math.Min(memory.End - memory.Start, Most * PageSize);
            BinaryPrimitives.WriteUInt64LittleEndian(argument.Head[plan.Fields["length"].Offset..], length);
            BinaryPrimitives.WriteUInt64LittleEndian(argument.Head[plan.Fields["uptr"].Offset..], memory.Start);
            var result = machine.Running.Ioctl(machine.Task, descriptor, plan.Request, argument.Start);
            isPinned |= result.Errno == Errno.EIO;
        }

        machine.Running.Close(machine.Task, descriptor);
        return isPinned ? "I19: a page stays pinned after the last close" : null;
    }
}
