namespace IommuSim.Search.Programs;

/// <summary>Puts what calls point to into the memory of the program.</summary>
internal sealed class MemoryPlacer(SearchMemory memory, SequenceMachine machine)
{
    public SearchMemory.Mapping Place(MemorySpec spec)
    {
        var mapping = memory.Map(spec.Size, spec.Access, spec.Fill, isCounted: true);
        Fill(mapping, 0, spec);
        return mapping;
    }

    /// <summary>Memory with nothing mapped behind its last byte; returns where it starts.</summary>
    public ulong PlaceAtEnd(MemorySpec spec)
    {
        var mapping = memory.Map(spec.Size, spec.Access, spec.Fill, isCounted: true);
        var start = mapping.End - spec.Size;
        Fill(mapping, (int)(start - mapping.Start), spec);
        return start;
    }

    public static void Write(Span<byte> memory, int offset, int size, ulong value)
    {
        for (var i = 0; i < size; i++)
            memory[offset + i] = (byte)(value >> (8 * i));
    }

    private void Fill(SearchMemory.Mapping mapping, int offset, MemorySpec spec)
    {
        if (spec.Layout is not { } layout)
            return;
        for (var i = 0; i < spec.Entries.Length; i++)
        {
            var start = offset + (i * layout.Size);
            foreach (var (name, value) in spec.Entries[i])
            {
                if (layout.Find(name) is not { IsScalar: true } field)
                    continue;
                var number = value.Memory is { } inner ? Place(inner).Start : machine.NumberOf(value);
                Write(mapping.Head, start + field.Offset, field.Size, number);
            }
        }
    }
}
