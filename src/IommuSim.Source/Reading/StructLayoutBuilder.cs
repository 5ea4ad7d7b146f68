using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Makes the layouts of the structs and unions that have a tag.</summary>
internal sealed class StructLayoutBuilder(MetadataReader metadata)
{
    /// <summary>More types around one another than this come from a circle.</summary>
    private const int DeepestNesting = 200;

    private const int BitsOfByte = 8;

    private readonly Dictionary<int, IReadOnlyDictionary<string, StructMember>> _members = [];

    public IReadOnlyDictionary<string, StructLayout> Build()
    {
        var layouts = new Dictionary<string, StructLayout>(StringComparer.Ordinal);
        foreach (var number in metadata.Composites)
        {
            var node = metadata.Get(number, default);
            if (!IsStruct(node) || node.Text("name") is not { } name || layouts.ContainsKey(name))
                continue;
            var members = MembersOf(node, depth: 0);
            if (members.Count > 0)
                layouts[name] = new StructLayout(name, BytesOf(node, "size"), members);
        }

        return layouts;
    }

    private static bool IsStruct(MetadataNode node) =>
        node.Is("DICompositeType") && node.Field("tag") is "DW_TAG_structure_type" or "DW_TAG_union_type";

    private static ulong BytesOf(MetadataNode node, string key) => (node.Integer(key) ?? 0) / BitsOfByte;

    // Kept also for unnamed structs: one that stands in many places is taken apart once.
    private IReadOnlyDictionary<string, StructMember> MembersOf(MetadataNode node, int depth)
    {
        if (_members.TryGetValue(node.Number, out var known))
            return known;
        if (depth > DeepestNesting)
            throw metadata.Error(node, "nested too deep");
        var members = new Dictionary<string, StructMember>(StringComparer.Ordinal);
        if (node.Reference("elements") is { } elements)
        {
            foreach (var element in metadata.Get(elements, node.Place).Elements())
            {
                var member = metadata.Get(element, node.Place);
                if (member.Is("DIDerivedType") && member.Field("tag") is "DW_TAG_member")
                    AddMember(members, member, depth);
            }
        }

        _members[node.Number] = members;
        return members;
    }

    private void AddMember(Dictionary<string, StructMember> members, MetadataNode member, int depth)
    {
        var offset = BytesOf(member, "offset");
        var inner = InnerStruct(member);
        if (member.Text("name") is { Length: > 0 } name)
        {
            var isBitField = member.Field("flags").Contains("DIFlagBitField", StringComparison.Ordinal);
            var size = isBitField ? 0 : BytesOf(member, "size");
            members.TryAdd(name, new StructMember(name, offset, size, inner?.Text("name")));
            return;
        }

        if (inner is not { } unnamed)
            return;
        foreach (var hoisted in MembersOf(unnamed, depth + 1).Values)
            members.TryAdd(hoisted.Name, hoisted with { Offset = unchecked(offset + hoisted.Offset) });
    }

    /// <summary>The struct or union that a member is, or an array of them; pointers are not followed.</summary>
    private MetadataNode? InnerStruct(MetadataNode member)
    {
        var node = member;
        for (var depth = 0; node.Reference("baseType") is { } number; depth++)
        {
            if (depth > DeepestNesting)
                throw metadata.Error(node, "nested too deep");
            node = metadata.Get(number, node.Place);
            if (IsStruct(node))
                return node;
            var isThrough = node.Is("DIDerivedType")
                ? node.Field("tag") is not "DW_TAG_pointer_type"
                : node.Is("DICompositeType") && node.Field("tag") is "DW_TAG_array_type";
            if (!isThrough)
                return null;
        }

        return null;
    }
}
