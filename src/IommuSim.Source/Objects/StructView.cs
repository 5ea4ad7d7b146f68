using System.Buffers.Binary;
using System.Runtime.CompilerServices;
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

    private static readonly ConditionalWeakTable<KernelImage, NodeMembers> s_nodes = [];

    private readonly SourceMachine _machine;
    private readonly NodeMembers _nodes;
    private readonly Stack<ulong> _open = [];

    internal StructView(SourceMachine machine)
    {
        _machine = machine;
        _nodes = s_nodes.GetValue(machine.Image, static image => new NodeMembers(image));
    }

    /// <summary>What is looked up of one is good for all of its machines.</summary>
    public KernelImage Image => _machine.Image;

    /// <summary>Whether there is a variable or a function of this name.</summary>
    public bool Has(string symbol) => _machine.Image.Has(symbol);

    /// <summary>The address of a variable or a function.</summary>
    public ulong AddressOf(string symbol) => _machine.Image.AddressOf(symbol);

    /// <summary>Bytes of a struct.</summary>
    public ulong SizeOf(string tag) => _machine.Image.SizeOf(tag);

    /// <summary>A member of a struct; dots lead into inner structs.</summary>
    public CMember Find(string tag, string member) => new(_machine.Image, tag, member);

    /// <summary>A member of eight bytes of the struct at <paramref name="at"/>.</summary>
    public ulong Word(ulong at, in CMember member) => Word(at + member.Offset);

    /// <summary>A member of four bytes.</summary>
    public uint Number(ulong at, in CMember member)
    {
        var address = at + member.Offset;
        return _machine.Memory.IsOurs(address, sizeof(uint))
            ? BinaryPrimitives.ReadUInt32LittleEndian(_machine.Memory.Span(address, sizeof(uint)))
            : 0;
    }

    /// <summary>Whether a block of the heap begins here that is not freed.</summary>
    public bool IsAlive(ulong address) => _machine.Heap.SizeOf(address) != 0;

    /// <summary>The private data of the file behind a descriptor; 0 where none is open.</summary>
    public ulong PrivateDataOf(int fd) =>
        _machine.Provided.Files.TryFind(fd, out var file)
            ? Word(file + _machine.Image.OffsetOf("file", "private_data"))
            : 0;

    /// <summary>Adds the pointers that an xarray holds, by index; values and reserved entries are left out.</summary>
    // The layout of entries: include/linux/xarray.h, v6.12 and v7.3.
    public void ReadXarray(ulong xarray, List<ulong> pointers)
    {
        const ulong Internal = 2;
        const ulong LastSmallInternal = 4096;
        _open.Clear();
        _open.Push(Word(xarray, _nodes.Head));
        for (var nodes = 0; _open.TryPop(out var entry) && nodes < MostNodes; )
        {
            if ((entry & 3) == 0 && entry != 0)
                pointers.Add(entry);
            if ((entry & 3) != Internal || entry <= LastSmallInternal)
                continue;
            nodes++;
            var first = entry - Internal + _nodes.Slots.Offset;
            if (!_machine.Memory.IsOurs(first, _nodes.SlotsSize))
                continue;
            var words = MemoryMarshal.Cast<byte, ulong>(_machine.Memory.Span(first, _nodes.SlotsSize));
            // Most of a node is empty.
            while (words.LastIndexOfAnyExcept(0UL) is >= 0 and var last)
            {
                _open.Push(words[last]);
                words = words[..last];
            }
        }
    }

    /// <summary>Adds the structs on a list, by the address of the member that links them.</summary>
    public void ReadList(ulong head, in CMember link, List<ulong> structs)
    {
        var at = Word(head);
        for (var i = 0; at != head && at != 0 && i < MostNodes; i++)
        {
            structs.Add(at - link.Offset);
            at = Word(at);
        }
    }

    /// <summary>
    /// Adds the structs in an interval tree, in the order of their intervals, by the member that is the tree's node.
    /// </summary>
    /// <param name="tree">The address of the struct rb_root_cached.</param>
    public void ReadTree(ulong tree, in CMember node, List<ulong> structs)
    {
        _open.Clear();
        var at = Word(tree, _nodes.Root);
        for (var nodes = 0; (at != 0 || _open.Count > 0) && nodes < MostNodes; nodes++)
        {
            for (; at != 0 && _open.Count < MostNodes; at = Word(at, _nodes.Left))
                _open.Push(at);
            at = _open.Pop();
            structs.Add(at - node.Offset);
            at = Word(at, _nodes.Right);
        }
    }

    private ulong Word(ulong address) =>
        _machine.Memory.IsOurs(address, sizeof(ulong))
            ? BinaryPrimitives.ReadUInt64LittleEndian(_machine.Memory.Span(address, sizeof(ulong)))
            : 0;
}
