using IommuSim.Iommu.Syscalls;

namespace IommuSim.Search.Programs;

// What later calls pass of what a call returned.
internal sealed partial class SequenceMachine
{
    private void KeepIds(PreparedCall made)
    {
        foreach (var (member, field) in made.Plan!.Ids)
            _results[(made.Call.Label, member)] = BitConverter.ToUInt32(made.Argument!.Head[field.Offset..]);

        if (made.Plan is { FileKind: null, DescriptorField: { } queue })
            _queues.Add((made.Call.Label, BitConverter.ToInt32(made.Argument!.Head[queue.Offset..])));
    }

    /// <summary>The file that the call returned, which later calls pass, and those that the program passed.</summary>
    private void KeepFile(PreparedCall made, SyscallResult result)
    {
        var plan = made.Plan!;
        foreach (var (name, value) in made.Call.Fields)
        {
            if (value.Memory is { IsFile: true } && plan.Fields.TryGetValue(name, out var field))
                _results[(made.Call.Label, FileMember)] = BitConverter.ToUInt32(made.Argument!.Head[field.Offset..]);
        }

        if (plan.FileKind is null)
            return;
        var descriptor =
            plan.DescriptorField is { } told ? BitConverter.ToInt32(made.Argument!.Head[told.Offset..])
            : result.Value > 0 ? (int)result.Value
            : LastDescriptor();
        _others.Add((made.Call.Label, descriptor));
        _results[(made.Call.Label, FileMember)] = (ulong)descriptor;
    }

    /// <summary>
    /// The descriptor that was given out last, where a call does not return it: one less than the next, as none is
    /// given out twice. A program finds it as the lowest that was free.
    /// </summary>
    private int LastDescriptor()
    {
        Running.Open(Task, out var next);
        Running.Close(Task, next);
        return next - 1;
    }
}
