using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>One field of a uAPI struct.</summary>
public sealed class StructField
{
    internal StructField(FieldInfo field, int offset)
    {
        CName = StructLayoutTable.ToCName(field.Name);
        Offset = offset;
        Size = Marshal.SizeOf(field.FieldType);
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
