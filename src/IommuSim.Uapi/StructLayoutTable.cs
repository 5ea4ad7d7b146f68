using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace IommuSim.Uapi;

/// <summary>
/// Offsets, sizes and C names of the fields of a uAPI struct. Used by what reads and prints structs by
/// name (scenarios, traces, the golden layout table); the modelled kernel reads the structs directly.
/// </summary>
public sealed class StructLayoutTable
{
    private const BindingFlags AllFields = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

    private static readonly Dictionary<Type, StructLayoutTable> s_cache = [];

    private StructLayoutTable(Type type)
    {
        Type = type;
        Attribute =
            type.GetCustomAttribute<UapiStructAttribute>()
            ?? throw new ArgumentException($"{type.Name} has no [UapiStruct]", nameof(type));
        Ioctl = type.GetCustomAttribute<IoctlAttribute>();
        Size = RuntimeHelpers.SizeOf(type.TypeHandle);
        Fields = FieldsOf(type);
        MinSize = Ioctl is not null && Find(Ioctl.Last) is { } last ? last.Offset + last.Size : Size;
    }

    /// <summary>The C# struct.</summary>
    public Type Type { get; }

    /// <summary>The C structure.</summary>
    public UapiStructAttribute Attribute { get; }

    /// <summary>Null for structs that are not the argument of an ioctl.</summary>
    public IoctlAttribute? Ioctl { get; }

    /// <summary>The tag of the C structure.</summary>
    public string CName => Attribute.CName;

    /// <summary>Bytes, with the padding at the end.</summary>
    public int Size { get; }

    /// <summary>The fields in the order of the struct.</summary>
    public IReadOnlyList<StructField> Fields { get; }

    /// <summary>
    /// Bytes that every caller of the ioctl must have; <see cref="Size"/> where no ioctl takes the struct.
    /// </summary>
    public int MinSize { get; }

    /// <summary>
    /// The layout of a struct that has <see cref="UapiStructAttribute"/>, else an <see cref="ArgumentException"/>.
    /// </summary>
    public static StructLayoutTable Of(Type type)
    {
        lock (s_cache)
        {
            if (!s_cache.TryGetValue(type, out var table))
                s_cache[type] = table = new StructLayoutTable(type);
            return table;
        }
    }

    /// <summary>The field with this C name, or null.</summary>
    public StructField? Find(string cName)
    {
        foreach (var candidate in Fields)
        {
            if (candidate.CName == cName)
                return candidate;
        }

        return null;
    }

    /// <summary>Every struct of this assembly, by C name and then version.</summary>
    public static IReadOnlyList<StructLayoutTable> All() =>
        [
            .. typeof(StructLayoutTable)
                .Assembly.GetTypes()
                .Where(t => t.GetCustomAttribute<UapiStructAttribute>() is not null)
                .Select(Of)
                .OrderBy(t => t.CName, StringComparer.Ordinal)
                .ThenBy(t => t.Attribute.Versions[0], StringComparer.Ordinal),
        ];

    /// <summary>
    /// Laid out as a C compiler does; private fields are room. <see cref="Marshal"/> knows the offsets too, but not in
    /// a program that was compiled to machine code.
    /// </summary>
    private static List<StructField> FieldsOf(Type type)
    {
        var fields = new List<StructField>();
        var end = 0;
        foreach (var field in type.GetFields(AllFields))
        {
            var alignment = AlignmentOf(field.FieldType);
            var next = (end + alignment - 1) / alignment * alignment;
            var offset = field.GetCustomAttribute<FieldOffsetAttribute>()?.Value ?? next;
            if (field.IsPublic)
                fields.Add(new StructField(field, offset));
            end = offset + RuntimeHelpers.SizeOf(field.FieldType.TypeHandle);
        }

        return fields;
    }

    private static int AlignmentOf(Type type) =>
        type.IsPrimitive
            ? RuntimeHelpers.SizeOf(type.TypeHandle)
            : type.GetFields(AllFields).Max(field => AlignmentOf(field.FieldType));

    /// <summary><c>DataUptr</c> is <c>data_uptr</c>; <c>Reserved2</c> is <c>__reserved2</c>.</summary>
    internal static string ToCName(string name)
    {
        var text = new StringBuilder(name.StartsWith("Reserved", StringComparison.Ordinal) ? "__" : "");
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}

/// <summary>One field of a uAPI struct.</summary>
public sealed class StructField
{
    internal StructField(FieldInfo field, int offset)
    {
        CName = StructLayoutTable.ToCName(field.Name);
        Offset = offset;
        Size = RuntimeHelpers.SizeOf(field.FieldType.TypeHandle);
        CType = DescribeType(field.FieldType);
        IsScalar = field.FieldType.IsPrimitive;
        FieldType = field.FieldType;
    }

    /// <summary>The name in the C header.</summary>
    public string CName { get; }

    /// <summary>Bytes from the start of the struct.</summary>
    public int Offset { get; }

    /// <summary>Bytes.</summary>
    public int Size { get; }

    /// <summary>As a C reader would write it: <c>u32</c>, <c>u8[7]</c>, <c>struct iommu_iova_range</c>.</summary>
    public string CType { get; }

    /// <summary>False for arrays and nested structs.</summary>
    public bool IsScalar { get; }

    /// <summary>The C# type of the field.</summary>
    public Type FieldType { get; }

    private static string DescribeType(Type type)
    {
        if (type == typeof(byte))
            return "u8";
        if (type == typeof(ushort))
            return "u16";
        if (type == typeof(uint))
            return "u32";
        if (type == typeof(ulong))
            return "u64";
        if (type.GetCustomAttribute<InlineArrayAttribute>() is { } array)
        {
            var element = type.GetFields(BindingFlags.NonPublic | BindingFlags.Instance)[0].FieldType;
            return $"{DescribeType(element)}[{array.Length}]";
        }

        return "struct " + type.GetCustomAttribute<UapiStructAttribute>()?.CName;
    }
}
