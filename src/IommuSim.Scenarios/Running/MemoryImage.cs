using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Machine.State;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>Memory that a step makes before it calls the kernel.</summary>
/// <param name="Length">Bytes mapped.</param>
/// <param name="Head">The first bytes; the rest are <paramref name="Fill"/>.</param>
/// <param name="Fill">Every byte behind the head.</param>
/// <param name="Access">What the page lets the kernel do once it is written.</param>
[Stateless]
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

/// <summary>Collects the fields of a struct, or of an array of them.</summary>
internal sealed class ImageBuilder(int size, StructLayoutTable? layout = null, int count = 1)
{
    private readonly byte[] _head = new byte[size];
    private readonly ImmutableArray<SlotPatch>.Builder _slots = ImmutableArray.CreateBuilder<SlotPatch>();
    private readonly ImmutableArray<PointerPatch>.Builder _pointers = ImmutableArray.CreateBuilder<PointerPatch>();

    public StructLayoutTable? Layout { get; } = layout;

    public int Size => _head.Length;

    public void Set(FieldPlace place, int index, ValueTerms terms)
    {
        if (terms.IsConstant)
        {
            place.Write(_head, index, terms.Constant);
            return;
        }

        var at = place.Offset + (index * place.ElementSize);
        _slots.Add(new SlotPatch(new FieldPlace(at, place.ElementSize, 1, false), terms));
    }

    public void Set(FieldPlace place, ulong value) => place.Write(_head, 0, value);

    public void SetByte(int offset, byte value) => _head[offset] = value;

    public void Point(string argument, FieldPlace place, MemoryImage image) =>
        _pointers.Add(new PointerPatch(argument, place, image));

    public MemoryImage Build(ulong length, PageAccess access) =>
        new(length, _head, 0, access)
        {
            Layout = Layout,
            Count = count,
            Slots = _slots.ToImmutable(),
            Pointers = _pointers.ToImmutable(),
        };
}

/// <summary>
/// A number that is known when a step runs: constant bits, or-ed with what earlier steps returned, and so much more.
/// </summary>
/// <param name="Constant">The bits known when the scenario is bound.</param>
/// <param name="Slots">The names of earlier results, as indices; mostly none.</param>
/// <param name="Offset">What is added to that.</param>
internal readonly record struct ValueTerms(ulong Constant, ImmutableArray<int> Slots, ulong Offset = 0)
{
    public bool IsConstant => Slots.IsDefaultOrEmpty;

    public static ValueTerms Of(ulong constant) => new(constant, []);

    public static ValueTerms OfSlot(int slot) => new(0, [slot]);

    public ulong Evaluate(ulong[] slots)
    {
        var bits = Constant;
        if (IsConstant)
            return bits;
        foreach (var slot in Slots)
            bits |= slots[slot];
        return bits + Offset;
    }

    public ValueTerms Or(ValueTerms other) => new(Constant | other.Constant, [.. Slots, .. other.Slots]);
}
