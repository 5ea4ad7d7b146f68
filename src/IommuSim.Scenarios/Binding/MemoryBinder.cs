using IommuSim.Kernels;
using IommuSim.Machine.Memory;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>Turns structs, lists and calls such as <c>buffer(8)</c> into memory.</summary>
internal sealed class MemoryBinder(KernelCatalog catalog, ValueBinder values, DiagnosticSink sink)
{
    /// <summary>Bytes that one call can map.</summary>
    private const ulong LargestBuffer = 1UL << 33;

    /// <summary>What <c>ranges(N)</c> holds.</summary>
    public const string RangeStruct = "iommu_iova_range";

    private static readonly string[] s_functions = ["buffer", "zeros", "readonly", "unmapped", "ranges", "null"];

    /// <summary>Whether the value can only mean memory.</summary>
    public static bool IsMemory(Value value) => value is StructValue or ListValue or CallValue;

    /// <summary>The C name of what such memory holds; none for bytes.</summary>
    public static string[] StructsOf(Value value) =>
        value switch
        {
            StructValue item => [item.Type.Text],
            ListValue { Items: [StructValue first, ..] } => [first.Type.Text],
            CallValue { Function.Text: "ranges" } => [RangeStruct],
            _ => [],
        };

    /// <summary>
    /// The memory, or null for the pointer NULL; false when an error was reported.
    /// </summary>
    public bool TryBind(Value value, KernelNode kernel, string argument, out MemoryImage? image)
    {
        image = value switch
        {
            StructValue item => Structs([item], kernel),
            ListValue list => Structs(list.Items, kernel),
            CallValue call => Call(call),
            _ => null,
        };
        if (image is not null || value is WordValue { Text: "null" })
            return true;
        if (value is CallValue { Function.Text: "null", Arguments.Count: 0 })
            return true;
        if (!IsMemory(value))
        {
            sink.Error(
                value.Span,
                $"'{argument}' is memory; write STRUCT{{...}}, [STRUCT{{...}}, ...], buffer(N), "
                    + "zeros(N), readonly(N), unmapped() or null"
            );
        }

        return false;
    }

    /// <summary>Fills one field; a field of 64 bits may also be given memory to point to.</summary>
    public void SetField(ImageBuilder builder, FieldPlace place, string field, Value value, KernelNode kernel)
    {
        if (place is { IsScalar: true, ElementSize: sizeof(ulong) } && IsMemory(value))
        {
            if (TryBind(value, kernel, field, out var image) && image is not null)
                builder.Point(field, place, image);
            return;
        }

        if (values.Field(value, place, field) is not { } terms)
            return;
        for (var i = 0; i < terms.Length; i++)
            builder.Set(place, i, terms[i]);
    }

    /// <summary>The fields of a struct; one that only other kernels have is not sent.</summary>
    public void SetFields(ImageBuilder builder, StructValue item, int start, KernelNode kernel)
    {
        var layout = builder.Layout!;
        foreach (var field in item.Fields)
        {
            var name = field.Name.Text;
            if (FieldNames.Find(layout, name) is { } own)
            {
                SetField(builder, FieldPlace.Of(own, start), name, field.Value, kernel);
                continue;
            }

            var versions = catalog.Structs.Of(item.Type.Text);
            if (!versions.Any(v => FieldNames.Find(v, name) is not null))
                UnknownField(field.Name, "struct " + item.Type.Text, versions);
        }
    }

    public void UnknownField(
        Identifier name,
        string owner,
        IReadOnlyList<StructLayoutTable> versions,
        IEnumerable<string>? more = null
    )
    {
        var fields = versions.SelectMany(v => v.Fields).Select(f => f.CName).Concat(more ?? []);
        string[] known = [.. fields.Distinct(StringComparer.Ordinal)];
        sink.Error(
            name.Span,
            $"{owner} has no field '{Token.Shorten(name.Text)}'; it has {string.Join(", ", known)}",
            NearestWord.Find(name.Text, known)
        );
    }

    private MemoryImage? Structs(IReadOnlyList<Value> items, KernelNode kernel)
    {
        if (items.Count == 0)
            return MemoryImage.Bytes(0, 0, PageAccess.ReadWrite) with { Count = 0 };
        var type = (items[0] as StructValue)?.Type.Text;
        foreach (var item in items)
        {
            if (item is StructValue next && next.Type.Text == type)
                continue;
            var other = item is StructValue { Type.Text: var found } ? $", not {found}" : "";
            var message = type is null
                ? "a list of memory holds structs, as in [STRUCT{...}, STRUCT{...}]"
                : $"an array holds structs of one type: {type}{other}";
            sink.Error(item.Span, message);
            return null;
        }

        if (catalog.Structs.Of(type!).Count == 0)
        {
            UnknownStruct((StructValue)items[0]);
            return null;
        }

        var layout = catalog.Structs.Pick(type!, kernel);
        var builder = new ImageBuilder(layout.Size * items.Count, layout, items.Count);
        for (var i = 0; i < items.Count; i++)
            SetFields(builder, (StructValue)items[i], layout.Size * i, kernel);
        return builder.Build((ulong)builder.Size, PageAccess.ReadWrite);
    }

    private void UnknownStruct(StructValue item)
    {
        var name = Token.Shorten(item.Type.Text);
        var nearest = NearestWord.Find(item.Type.Text, catalog.Structs.Names);
        sink.Error(item.Type.Span, $"unknown struct '{name}'; write its C name", nearest);
    }

    private MemoryImage? Call(CallValue call)
    {
        var name = call.Function.Text;
        if (Array.IndexOf(s_functions, name) < 0)
        {
            var all = string.Join(", ", s_functions);
            sink.Error(
                call.Function.Span,
                $"unknown memory '{Token.Shorten(name)}'; expected {all}",
                NearestWord.Find(name, s_functions)
            );
            return null;
        }

        return name switch
        {
            "null" => Null(call),
            "unmapped" => Unmapped(call),
            "ranges" => Ranges(call),
            "readonly" => Buffer(call, PageAccess.ReadOnly),
            _ => Buffer(call, PageAccess.ReadWrite),
        };
    }

    private MemoryImage? Null(CallValue call)
    {
        Arity(call, 0, 0);
        return null;
    }

    private MemoryImage? Unmapped(CallValue call)
    {
        if (!Arity(call, 0, 1))
            return null;
        ulong? length = call.Arguments.Count == 0 ? 0 : Length(call.Arguments[0]);
        return length is null ? null : MemoryImage.Bytes(length.Value, 0, PageAccess.Absent);
    }

    private MemoryImage? Ranges(CallValue call)
    {
        if (!Arity(call, 1, 1) || Length(call.Arguments[0]) is not { } count)
            return null;
        if (count > LargestBuffer / FieldPlace.RangeSize)
        {
            sink.Error(call.Arguments[0].Span, "memory has 8G at most");
            return null;
        }

        return MemoryImage.Bytes(count * FieldPlace.RangeSize, 0, PageAccess.ReadWrite) with
        {
            Layout = StructLayoutTable.Of(typeof(IovaRange)),
            Count = (int)count,
        };
    }

    private MemoryImage? Buffer(CallValue call, PageAccess access)
    {
        if (!Arity(call, 1, 2) || Length(call.Arguments[0]) is not { } length)
            return null;
        ulong? fill = call.Arguments.Count == 1 ? 0 : values.Constant(call.Arguments[1], 1, "the byte to fill with");
        return fill is null ? null : MemoryImage.Bytes(length, (byte)fill.Value, access);
    }

    /// <summary>Bytes that can be mapped, or null with an error.</summary>
    public ulong? Length(Value value)
    {
        var length = values.Constant(value, sizeof(ulong), "the length");
        if (length is null or <= LargestBuffer)
            return length;
        sink.Error(value.Span, "memory has 8G at most");
        return null;
    }

    private bool Arity(CallValue call, int least, int most)
    {
        if (call.Arguments.Count >= least && call.Arguments.Count <= most)
            return true;
        var form = call.Function.Text switch
        {
            "unmapped" => "unmapped() or unmapped(LENGTH)",
            "ranges" => "ranges(COUNT)",
            "null" => "null",
            var other => $"{other}(LENGTH) or {other}(LENGTH, BYTE)",
        };
        sink.Error(call.Span, $"expected {form}");
        return false;
    }
}
