using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

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
