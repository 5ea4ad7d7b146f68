using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Execution;

/// <summary>
/// Names what lies at an address for a reader: a variable, or a block of the heap and the member in it. No block says
/// which struct it is. It is named where only one struct of the kernel has its size, or only one of the IOMMU's, or
/// only one whose name the allocating function's begins with.
/// </summary>
internal sealed class MemoryNames(SourceMachine machine)
{
    private const string ObjectStruct = "iommufd_object";

    /// <summary>Tags of the code that this kernel was built for.</summary>
    private static readonly string[] s_own =
    [
        "iommufd_",
        "iommu_",
        "iopt_",
        "iopf_",
        "io_pagetable",
        "mock_",
        "xa_node",
    ];

    public string NameOf(ulong address)
    {
        if (address < machine.Image.End)
            return machine.Image.Describe(address);
        var block = machine.Heap.Find(address);
        if (block is null || address < block.Address || address >= block.Address + block.Size)
            return $"{address:x16}";
        var offset = address - block.Address;
        if (FindStruct(block) is not { } layout)
            return $"{block} of {AllocatorOf(block)}+0x{offset:x}";
        var member = MemberAt(layout, offset);
        return $"{NameOf(layout, block.Address)} {(member.Length == 0 ? $"+0x{offset:x}" : member)}";
    }

    /// <summary>Objects of user space are told apart by their ids.</summary>
    private string NameOf(StructLayout layout, ulong address)
    {
        var name = layout.Name.StartsWith("iommufd_", StringComparison.Ordinal) ? layout.Name[8..] : layout.Name;
        if (!BeginsWithObject(layout))
            return name;
        var id = address + machine.Image.OffsetOf(ObjectStruct, "id");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {BitConverter.ToUInt32(machine.Memory.Span(id, 4))}"
        );
    }

    private StructLayout? FindStruct(HeapBlock block)
    {
        var layouts = machine.Image.StructsOfSize(block.Size).ToList();
        if (layouts.Count > 1)
            layouts.RemoveAll(layout =>
                !Array.Exists(s_own, own => layout.Name.StartsWith(own, StringComparison.Ordinal))
            );
        if (layouts.Count > 1)
            layouts.RemoveAll(layout => !AllocatorOf(block).StartsWith(layout.Name, StringComparison.Ordinal));
        return layouts.Count == 1 ? layouts[0] : null;
    }

    /// <summary>The function for which the block was allocated: not a helper of many, which begins with _.</summary>
    private string AllocatorOf(HeapBlock block)
    {
        var sites = machine.Image.Sites;
        var function = sites.FunctionAt(block.Site);
        return function[0] == '_' && block.OuterSite != 0 ? sites.FunctionAt(block.OuterSite) : function;
    }

    private bool BeginsWithObject(StructLayout? layout)
    {
        while (layout is not null && layout.Name != ObjectStruct)
            layout = MemberOver(layout, 0) is { Struct: { } tag } ? machine.Image.FindStruct(tag) : null;
        return layout is not null;
    }

    /// <summary>The innermost named member; empty where padding is.</summary>
    private string MemberAt(StructLayout layout, ulong offset)
    {
        var name = "";
        for (var at = layout; MemberOver(at, offset) is { } member; )
        {
            // What kernels wrap numbers in is no part of the name.
            if (name.Length == 0 || !IsWrapper(at))
                name = member.Name;
            offset -= member.Offset;
            if (member.Struct is null || machine.Image.FindStruct(member.Struct) is not { } inner)
                break;
            at = inner;
        }

        return name;
    }

    private static bool IsWrapper(StructLayout layout) =>
        layout.Members.Count == 1
        || layout.Name is "spinlock" or "raw_spinlock" or "qspinlock" or "list_head" or "mutex";

    private static StructMember? MemberOver(StructLayout layout, ulong offset) =>
        layout.Members.Values.FirstOrDefault(m => m.Offset <= offset && offset < m.Offset + Math.Max(m.Size, 1));
}
