using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Machine.Memory;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// Binds a step that is an ioctl: its struct, and the memory that the struct points to.
/// </summary>
internal sealed class IoctlStepBinder(BindContext context)
{
    private const string Form = "field=value, data=, size=, tail=, place=, fd= or fail_alloc=";

    private static readonly string[] s_placeWords = ["readonly", "unmapped", "null"];

    public IoctlAction Bind(Step step, IoctlVerb verb, BoundName? result)
    {
        var arguments = new StepArguments(step, context);
        var options = arguments.TakeOptions(word: DescriptorWord(verb));
        var frame = BindFrame(arguments, SizeWord(verb));
        var blocks = new List<DataBlock>();
        foreach (var fields in DataFields.All)
        {
            if (!HasField(verb, fields.Argument) && arguments.Take(fields.Argument) is { } block)
                blocks.Add(new DataBlock(block, fields));
        }

        Argument[] plain = [.. arguments.Left];
        arguments.TakeAllNamed();
        arguments.Finish(Form);
        CheckFields(verb, plain);
        CheckBlocks(verb, blocks);
        var structs = StructNames(plain.Concat(blocks.Select(b => b.Argument)));
        return new IoctlAction(
            verb,
            options,
            BindIds(verb, result),
            [.. PassedMemories(plain, blocks)],
            (kernel, request) => Encode(kernel, request, frame, plain, blocks),
            kernel => [.. structs.Select(name => context.Catalog.Structs.Pick(name, kernel))]
        );
    }

    private Frame BindFrame(StepArguments arguments, string sizeWord)
    {
        ulong? size = null;
        ulong? tail = null;
        if (arguments.Take(sizeWord) is { } sizeArgument)
            size = context.Values.Constant(sizeArgument.Value, sizeof(uint), sizeWord);
        if (arguments.Take("tail") is { } tailArgument)
            tail = context.Values.Constant(tailArgument.Value, sizeof(byte), "tail");
        var frame = new Frame(size, tail, PageAccess.ReadWrite, IsNull: false);
        if (arguments.Take("place") is not { } place)
            return frame;
        switch ((place.Value as WordValue)?.Text)
        {
            case "readonly":
                return frame with { Access = PageAccess.ReadOnly };
            case "unmapped":
                return frame with { Access = PageAccess.Absent };
            case "null":
                return frame with { IsNull = true };
            default:
                var word = (place.Value as WordValue)?.Text ?? "";
                context.Sink.Error(
                    place.Value.Span,
                    "place= is readonly, unmapped or null",
                    NearestWord.Find(word, s_placeWords)
                );
                return frame;
        }
    }

    /// <summary>As the struct calls its first word: a struct of VFIO may have another size behind it.</summary>
    private static string SizeWord(IoctlVerb verb) =>
        verb.Layouts.Any(layout => layout.Fields[0].CName == "argsz") ? "argsz" : "size";

    /// <summary>The file that the ioctl is made on; a struct may have a field fd of its own.</summary>
    private static string DescriptorWord(IoctlVerb verb) => HasField(verb, "fd") ? "on" : NameScope.FirstDescriptor;

    private void CheckFields(IoctlVerb verb, Argument[] plain)
    {
        foreach (var argument in plain)
        {
            var name = argument.Name!;
            if (verb.Layouts.Any(layout => FieldNames.Find(layout, name.Text) is not null))
                continue;
            string[] more =
            [
                .. DataFields.All.Where(f => f.FitsAny(verb)).Select(f => f.Argument),
                "size",
                "tail",
                "place",
                DescriptorWord(verb),
                "fail_alloc",
                "fail_copy",
                "fail_driver",
            ];
            context.Memory.UnknownField(name, verb.Name, verb.Layouts, more);
        }
    }

    /// <summary>A field of its own goes before the name of what fills several.</summary>
    private static bool HasField(IoctlVerb verb, string name) =>
        verb.Layouts.Any(layout => layout.Fields.Any(field => field.CName == name));

    private void CheckBlocks(IoctlVerb verb, List<DataBlock> blocks)
    {
        foreach (var (argument, fields) in blocks)
        {
            if (!fields.FitsAny(verb))
            {
                var name = argument.Name!;
                context.Sink.Error(name.Span, $"{verb.Name} takes no {name}=");
            }
        }
    }

    /// <summary>
    /// The ids that the ioctl returns: the first is the name's own, the others its members; a
    /// descriptor is the member <c>fd</c>.
    /// </summary>
    private ImmutableArray<IdSlot> BindIds(IoctlVerb verb, BoundName? result)
    {
        if (result is null)
            return [];
        var ids = ImmutableArray.CreateBuilder<IdSlot>();
        foreach (var field in IdFields(verb))
        {
            if (ids.Count == 0)
                ids.Add(new IdSlot(field, result.Slot));
            var member = field["out_".Length..^"_id".Length];
            ids.Add(new IdSlot(field, context.Names.BindMember(result, member).Slot));
        }

        if (verb.DescriptorField is not null || verb.HidesDescriptor)
        {
            var name = context.Names.BindMember(result, NameScope.FirstDescriptor, NameKind.Descriptor);
            ids.Add(new IdSlot(verb.DescriptorField, name.Slot));
        }

        return ids.ToImmutable();
    }

    /// <summary>Fields named <c>out_..._id</c>, of all layouts.</summary>
    public static IEnumerable<string> IdFields(IoctlVerb verb) => verb.OutputsEndingWith("_id");

    private string[] StructNames(IEnumerable<Argument> arguments)
    {
        var names = new List<string>();
        foreach (var argument in arguments)
            Collect(argument.Value, names);
        var known = names.Where(name => context.Catalog.Structs.Of(name).Count > 0);
        return [.. known.Distinct(StringComparer.Ordinal)];

        static void Collect(Value value, List<string> names)
        {
            if (value is ListValue list)
            {
                foreach (var item in list.Items)
                    Collect(item, names);
            }

            if (value is StructValue item2)
            {
                names.Add(item2.Type.Text);
                foreach (var field in item2.Fields)
                    Collect(field.Value, names);
            }
        }
    }

    private static IEnumerable<PassedMemory> PassedMemories(Argument[] plain, List<DataBlock> blocks) =>
        blocks
            .Select(b => b.Argument)
            .Concat(plain.Where(a => MemoryBinder.IsMemory(a.Value)))
            .Select(a => new PassedMemory(a.Name!.Text, MemoryBinder.StructsOf(a.Value)));

    private EncodedIoctl Encode(
        KernelNode kernel,
        IoctlRequest request,
        Frame frame,
        Argument[] plain,
        List<DataBlock> blocks
    )
    {
        var notSent = ImmutableArray.CreateBuilder<string>();
        var tailSize = frame.Tail is null ? 0 : 1;
        var builder = new ImageBuilder(request.Size + tailSize, request.Layout);
        var size = frame.Size ?? (ulong)(request.Size + tailSize);
        if (frame.Tail is { } tail)
            builder.SetByte(request.Size, (byte)tail);
        if (request.Op is { } op)
            builder.Set(FieldPlace.Of(request.Layout!.Find("op")!), op);
        foreach (var (argument, fields) in blocks)
            EncodeBlock(builder, kernel, argument, fields, plain, notSent);
        foreach (var argument in plain)
        {
            var name = argument.Name!.Text;
            if (request.Layout is { } layout && FieldNames.Find(layout, name) is { } field)
                SetField(builder, field, name, argument.Value, kernel);
            else
                notSent.Add(name);
        }

        builder.Set(new FieldPlace(0, sizeof(uint), 1, false), size);
        var image = builder.Build(Math.Max(size, (ulong)builder.Size), frame.Access);
        return new EncodedIoctl(request, image, frame.IsNull, notSent.ToImmutable());
    }

    private void SetField(ImageBuilder builder, StructField field, string name, Value value, KernelNode kernel) =>
        context.Memory.SetField(builder, FieldPlace.Of(field), name, value, kernel);

    /// <summary>
    /// Sets the pointer, and the length and count that follow from the memory unless the step gives
    /// them itself.
    /// </summary>
    private void EncodeBlock(
        ImageBuilder builder,
        KernelNode kernel,
        Argument argument,
        DataFields fields,
        Argument[] plain,
        ImmutableArray<string>.Builder notSent
    )
    {
        var name = argument.Name!.Text;
        if (!context.Memory.TryBind(argument.Value, kernel, name, out var image))
            return;
        var pointer = builder.Layout is { } layout ? FieldNames.Find(layout, fields.Pointer) : null;
        if (pointer is null)
        {
            notSent.Add(name);
            return;
        }

        if (image is null)
            return;
        builder.Point(name, FieldPlace.Of(pointer), image);
        var (length, count) = fields.Measure(image);
        SetMeasured(builder, argument, fields.Length, length, plain);
        SetMeasured(builder, argument, fields.Count, count, plain);
    }

    private void SetMeasured(ImageBuilder builder, Argument argument, string? name, ulong value, Argument[] plain)
    {
        if (name is null || FieldNames.Find(builder.Layout!, name) is not { } field)
            return;
        if (plain.Any(a => FieldNames.Canonical(a.Name!.Text) == name))
            return;
        var place = FieldPlace.Of(field);
        if (place.ElementSize < sizeof(ulong) && value >> (place.ElementSize * 8) != 0)
        {
            context.Sink.Error(
                argument.Value.Span,
                $"the length {value} does not fit in '{field.CName}'; give {field.CName}= as well"
            );
            return;
        }

        builder.Set(place, value);
    }

    /// <summary>How the struct itself is passed.</summary>
    /// <summary>An argument that fills several fields.</summary>
    private sealed record DataBlock(Argument Argument, DataFields Fields);

    private sealed record Frame(ulong? Size, ulong? Tail, PageAccess Access, bool IsNull);
}

/// <summary>
/// An argument that fills several fields: the pointer to memory, and what describes it.
/// </summary>
/// <param name="Argument">The name that a scenario writes.</param>
/// <param name="Pointer">The field that gets the address.</param>
/// <param name="Length">
/// The field that gets the bytes, of one entry where there are several.
/// </param>
/// <param name="Count">The field that gets the number of entries.</param>
internal sealed record DataFields(string Argument, string Pointer, string? Length, string Count)
{
    private static readonly DataFields s_iovas = new("iovas", "allowed_iovas", null, "num_iovas");

    public static IReadOnlyList<DataFields> All { get; } =
    [new("data", "data_ptr", "data_len", "entry_num"), new("entries", "data_ptr", "data_len", "entry_num"), s_iovas];

    public bool FitsAny(IoctlVerb verb) => verb.Layouts.Any(layout => FieldNames.Find(layout, Pointer) is not null);

    /// <summary>What the length and count fields get for this memory.</summary>
    public (ulong Length, ulong Count) Measure(MemoryImage image)
    {
        if (ReferenceEquals(this, s_iovas))
            return (image.Length, image.Length / FieldPlace.RangeSize);
        StructLayoutTable? layout = image.Layout;
        return (layout is null ? image.Length : (ulong)layout.Size, (ulong)image.Count);
    }
}
