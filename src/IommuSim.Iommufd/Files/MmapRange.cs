using IommuSim.Iommu.Syscalls;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Files;

/// <summary>Kernel memory that user space may map; a mapping holds the owner.</summary>
internal sealed class MmapRange(IommufdObject owner, ulong offset, Memory<byte> memory) : HeapObject, IMappedMemory
{
    public IommufdObject Owner { get; } = owner;

    /// <summary>The offset argument of mmap(2).</summary>
    public ulong Offset { get; } = offset;

    /// <summary>Bytes.</summary>
    public ulong Length => (ulong)Memory.Length;

    public Memory<byte> Memory { get; } = memory;

    public override string ToString() => $"memory that {Owner} lends";
}
