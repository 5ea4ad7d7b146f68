using System.Buffers.Binary;
using System.Runtime.InteropServices;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Objects;

/// <summary>
/// Reads the memory of a kernel made of C by the names of structs and their members, as no task does: nothing is judged
/// and nothing reported. An address that is not the kernel's reads as 0.
/// </summary>
internal sealed class StructView
{
    /// <summary>Nodes of one tree or list; more are a circle.</summary>
    private const int MostNodes = 4096;

    private readonly SourceMachine _machine;
    private readonly Stack<ulong> _open = [];

    internal StructView(SourceMachine machine) => _machine = machine;

    /// <summary>Whether the kernel has such a member, which stands in the struct itself.</summary>
    public bool Has(string tag, string member) => _machine.Image.HasMember(tag, member);

    /// <summary>Whether there is a variable or a function of this name.</summary>
    public bool Has(string symbol) => _machine.Image.Has(symbol);

    /// <summary>The address of a variable or a function.</summary>
    public ulong AddressOf(string symbol) => _machine.Image.AddressOf(symbol);

    /// <summary>Bytes of a struct.</summary>
    public ulong SizeOf(string tag) => _machine.Image.SizeOf(tag);

    /// <summary>The address of a member of the struct at <paramref name="at"/>; dots lead into inner structs.</summary>
    public ulong AddressOf(ulong at, string tag, string member) => at + _machine.Image.OffsetOf(tag, member);

    /// <summary>A member of eight bytes.</summary>
    public ulong Word(ulong at, string tag, string member) => Word(AddressOf(at, tag, member));

    /// <summary>A member of four bytes.</summary>
    public uint Number(ulong at, string tag, string member)
    {
        var address = AddressOf(at, tag, member);
        return _machine.Memory.IsOurs(address, sizeof(uint))
            ? BinaryPrimitives.ReadUInt32LittleEndian(_machine.Memory.Span(address, sizeof(uint)))
            : 0;
    }

    /// <summary>Whether a block of the heap begins here that is not freed.</summary>
    public bool IsAlive(ulong address) => _machine.Heap.SizeOf(address) != 0;

    /// <summary>The private data of the file behind a descriptor; 0 where none is open.</summary>
    public ulong PrivateDataOf(int fd) =>
        _machine.Provided.Files.TryFind(fd, out var file) ? Word(file, "file", "private_data") : 0;

    /// <summary>Adds the pointers that an xarray holds, by index; values and reserved entries are left out.</summary>
    // The layout of entries: include/linux/xarray.h, v6.12 and v7.3.
    public void ReadXarray(ulong xarray, List<ulong> pointers)
    {
        const ulong Internal = 2;
        const ulong LastSmallInternal = 4096;
        var slots = _machine.Image.MemberSize("xa_node", "slots") / sizeof(ulong);
        _open.Clear();
        _open.Push(Word(xarray, "xarray", "xa_head"));
        for (var nodes = 0; _open.TryPop(out var entry) && nodes < MostNodes; )
        {
            if ((entry & 3) == 0 && entry != 0)
                pointers.Add(entry);
            if ((entry & 3) != Internal || entry <= LastSmallInternal)
                continue;
            nodes++;
            var first = AddressOf(entry - Internal, "xa_node", "slots");
            if (!_machine.Memory.IsOurs(first, slots * sizeof(ulong)))
                continue;
            var words = MemoryMarshal.Cast<byte, ulong>(_machine.Memory.Span(first, slots * sizeof(ulong)));
            for (var i = words.Length - 1; i >= 0; i--)
            {
                if (words[i] != 0)
                    _open.Push(words[i]);
            }
        }
    }

    /// <summary>Adds the structs on a list, by the address of the member that links them.</summary>
    public void ReadList(ulong head, string tag, string link, List<ulong> structs)
    {
        var offset = _machine.Image.OffsetOf(tag, link);
        var at = Word(head);
        for (var i = 0; at != head && at != 0 && i < MostNodes; i++)
        {
            structs.Add(at - offset);
            at = Word(at);
        }
    }

    /// <summary>
    /// Adds the structs in an interval tree, in the order of their intervals, by the member that is the tree's node.
    /// </summary>
    /// <param name="tree">The address of the struct rb_root_cached.</param>
    public void ReadTree(ulong tree, string tag, string node, List<ulong> structs)
    {
        var offset = _machine.Image.OffsetOf(tag, node);
        _open.Clear();
        var at = Word(tree, "rb_root_cached", "rb_root.rb_node");
        for (var nodes = 0; (at != 0 || _open.Count > 0) && nodes < MostNodes; nodes++)
        {
            for (; at != 0 && _open.Count < MostNodes; at = Word(at, "rb_node", "rb_left"))
                _open.Push(at);
            at = _open.Pop();
            structs.Add(at - offset);
            at = Word(at, "rb_node", "rb_right");
        }
    }

    private ulong Word(ulong address) =>
        _machine.Memory.IsOurs(address, sizeof(ulong))
            ? BinaryPrimitives.ReadUInt64LittleEndian(_machine.Memory.Span(address, sizeof(ulong)))
            : 0;
}
