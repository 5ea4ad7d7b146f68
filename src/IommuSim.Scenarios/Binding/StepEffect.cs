using System.Buffers.Binary;
using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine.Memory;

namespace IommuSim.Scenarios.Binding;

/// <summary>What a step left behind for the program to look at.</summary>
internal sealed class StepEffect(UserAddressSpace memory)
{
    private readonly List<PlacedMemory> _placed = [];
    private byte[] _outputs = [];

    public SyscallResult Result { get; set; }

    /// <summary>The argument of an ioctl, with where it was put.</summary>
    public PlacedMemory? Argument { get; set; }

    /// <summary>The request of an ioctl; null for other steps.</summary>
    public IoctlRequest? Request { get; set; }

    /// <summary>The third argument of an ioctl whose argument has no known layout.</summary>
    public ulong RawArgument { get; set; }

    /// <summary>The bytes of a read or write; null for other steps.</summary>
    public Transfer? Transfer { get; set; }

    /// <summary>Arguments of the step that this kernel's struct has no field for.</summary>
    public ImmutableArray<string> NotSent { get; set; } = [];

    public IReadOnlyList<PlacedMemory> Placed => _placed;

    /// <summary>Why the step could not be made at all, or null.</summary>
    public string? Note { get; set; }

    public void Place(PlacedMemory placed) => _placed.Add(placed);

    /// <summary>The memory of this argument; without a name, the first.</summary>
    public PlacedMemory? FindPlaced(string? argument) =>
        argument is null ? _placed.FirstOrDefault() : _placed.Find(p => p.Argument == argument);

    /// <summary>The results of a step that is no ioctl.</summary>
    public void SetOutputs(params ReadOnlySpan<ulong> outputs)
    {
        _outputs = new byte[outputs.Length * sizeof(ulong)];
        for (var i = 0; i < outputs.Length; i++)
        {
            var bytes = _outputs.AsSpan(i * sizeof(ulong));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, outputs[i]);
        }
    }

    /// <summary>The bytes of an output; false where the program cannot read them.</summary>
    public bool TryReadOutput(FieldPlace place, Span<byte> bytes)
    {
        if (Argument is { } argument)
            return TryRead(argument, place, bytes);
        if (place.End > _outputs.Length)
            return false;
        _outputs.AsSpan(place.Offset, bytes.Length).CopyTo(bytes);
        return true;
    }

    /// <summary>
    /// The bytes of memory that a step passed; false outside it and where nothing is.
    /// </summary>
    public bool TryRead(PlacedMemory placed, FieldPlace place, Span<byte> bytes) =>
        (ulong)place.End <= placed.Image.Length && memory.Read(placed.Address + (ulong)place.Offset, bytes) == 0;
}

/// <summary>Memory of a step at its address in the program.</summary>
internal sealed record PlacedMemory(string Argument, ulong Address, MemoryImage Image);
