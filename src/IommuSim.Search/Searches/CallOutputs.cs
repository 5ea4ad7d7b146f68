using IommuSim.Search.Programs;

namespace IommuSim.Search.Searches;

/// <summary>What a call left in user memory, and what else it returned.</summary>
internal sealed class CallOutputs
{
    private readonly List<(string Name, byte[] Bytes)> _memory = [];

    public CallOutputs(PreparedCall made, SearchMemory memory)
    {
        if (made is { Plan: { } plan, Argument: { } argument })
        {
            foreach (var field in plan.Layout.Fields)
                _memory.Add((field.CName, argument.Head.Slice(field.Offset, field.Size).ToArray()));
            foreach (var (name, mapping, _) in made.Passed!)
                _memory.Add(($"what {name} points to", mapping.Head.ToArray()));
        }

        _memory.Add(("the number of bytes moved", BitConverter.GetBytes(made.Moved)));
        _memory.Add(("the poll mask", BitConverter.GetBytes(made.PollMask)));
        _memory.Add(("the id", BitConverter.GetBytes(made.MadeBinding?.Id ?? made.PtId)));
        var moved = new byte[Math.Min(made.Moved, SearchMemory.HeadSize)];
        if (made.Call.Kind == CallKind.Read && memory.TryPeek(made.Buffer, moved))
            _memory.Add(("what was read", moved));
    }

    /// <summary>The first that differs, with both values; null for none. Both are of the same call.</summary>
    public string? DifferenceTo(CallOutputs other)
    {
        foreach (var ((name, mine), (_, theirs)) in _memory.Zip(other._memory))
        {
            if (!mine.AsSpan().SequenceEqual(theirs))
                return $"{name} differs";
        }

        return null;
    }
}
