using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>Memory that a step makes before it calls the kernel.</summary>
/// <param name="Length">Bytes mapped.</param>
/// <param name="Head">The first bytes; the rest are <paramref name="Fill"/>.</param>
/// <param name="Fill">Every byte behind the head.</param>
/// <param name="Access">What the page lets the kernel do once it is written.</param>
internal sealed record MemoryImage(ulong Length, byte[] Head, byte Fill, PageAccess Access)
{
    /// <summary>What lies at the start, and again behind it for arrays; null for bytes.</summary>
    public StructLayoutTable? Layout { get; init; }

    /// <summary>Structs of this layout; 1 for plain bytes.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Numbers that earlier steps returned.</summary>
    public ImmutableArray<SlotPatch> Slots { get; init; } = [];

    /// <summary>Fields that point to other memory.</summary>
    public ImmutableArray<PointerPatch> Pointers { get; init; } = [];

    public static MemoryImage Bytes(ulong length, byte fill, PageAccess access) => new(length, [], fill, access);
}

/// <summary>A number to write into a head when the step runs.</summary>
internal sealed record SlotPatch(FieldPlace Place, ValueTerms Terms);

/// <summary>A field that gets the address of memory.</summary>
/// <param name="Argument">The argument that made the memory, as the scenario calls it.</param>
internal sealed record PointerPatch(string Argument, FieldPlace Place, MemoryImage Image);
