using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>Binds the steps that change a program's own memory, and that which makes a child.</summary>
internal sealed class MemoryStepBinder(BindContext context, Step step, StepArguments arguments)
{
    private const string FileArgument = "fd";

    public MmapAction? Map(BoundName? result)
    {
        const string Form =
            "NAME = mmap length=BYTES fill=BYTE, or NAME = mmap fd=FILE offset=BYTES length=BYTES, "
            + "each with addr=ADDRESS to map over what is there";
        var at = arguments.Take("addr");
        var file = arguments.Take(FileArgument);
        var offset = arguments.Take("offset");
        var fill = arguments.Take("fill");
        var length = Length(Form);
        arguments.Finish(Form);
        if (fill is not null && file is not null)
            context.Sink.Error(fill.Span, "a file has its bytes from memfd_create; leave out fill=");
        if (offset is not null && file is null)
            context.Sink.Error(offset.Span, "offset= is of a file; give fd= as well");
        if (at is null && result is null)
            context.Sink.Error(step.Verb.Span, "'mmap' needs a name for the address, or addr=: NAME = mmap");
        var address = at is null ? null : context.Values.Scalar(at.Value, sizeof(ulong), "addr");
        var start = offset is null ? 0 : context.Values.Constant(offset.Value, sizeof(ulong), "offset");
        var slot = file is null ? null : FileSlot(file.Value);
        if (length is null || start is null || (at is null) != (address is null) || (file is null) != (slot is null))
            return null;
        return Fill(fill) is { } value
            ? new MmapAction(result?.Slot, address, length.Value, value, slot, start.Value)
            : null;
    }

    public MemfdCreateAction? Create(BoundName? result)
    {
        const string Form = "NAME = memfd_create length=BYTES fill=BYTE";
        var length = Length(Form);
        var fill = arguments.Take("fill");
        arguments.Finish(Form);
        if (NeedsName(result, Form) is not { } name || length is null || Fill(fill) is not { } value)
            return null;
        return new MemfdCreateAction(name.Slot, length.Value, value);
    }

    public MremapAction? Move(BoundName? result)
    {
        const string Form = "NAME = mremap ADDRESS length=BYTES";
        var address = Address(Form);
        var length = Length(Form);
        arguments.Finish(Form);
        if (NeedsName(result, Form) is not { } name || address is null || length is null)
            return null;
        return new MremapAction(name.Slot, address.Value, length.Value);
    }

    public MunmapAction? Unmap()
    {
        const string Form = "munmap ADDRESS length=BYTES";
        var address = Address(Form);
        var length = Length(Form);
        arguments.Finish(Form);
        return address is null || length is null ? null : new MunmapAction(address.Value, length.Value);
    }

    public ForkAction? Fork(BoundName? result)
    {
        const string Form = "NAME = fork";
        arguments.Finish(Form);
        if (step.Block != StepBlock.Setup)
            context.Sink.Error(step.Verb.Span, "'fork' stands in the set-up; a task has no children");
        return NeedsName(result, Form) is { } name ? new ForkAction(name.Slot, name.Text) : null;
    }

    /// <summary>The child that makes the step, or null with an error.</summary>
    public static StepCaller? Caller(Value value, BindContext context)
    {
        var word = (value as WordValue)?.Text;
        if (word is not null && context.Names.Find(word) is { Kind: NameKind.Process } name)
            return new StepCaller(name.Text, name.Slot);
        var known = context.Names.Names.Where(n => context.Names.Find(n)!.Kind == NameKind.Process);
        context.Sink.Error(
            value.Span,
            "by= is the result of an earlier 'fork'",
            word is null ? null : NearestWord.Find(word, known)
        );
        return null;
    }

    private BoundName? NeedsName(BoundName? result, string form)
    {
        if (result is null)
            context.Sink.Error(step.Verb.Span, $"'{step.Verb}' needs a name for the result: {form}");
        return result;
    }

    private ulong? Length(string form) =>
        arguments.Require("length", form) is { } length ? context.Memory.Length(length.Value) : null;

    private byte? Fill(Argument? fill) =>
        fill is null ? (byte)0 : (byte?)context.Values.Constant(fill.Value, sizeof(byte), "fill");

    private ValueTerms? Address(string form)
    {
        if (arguments.TakePositional() is { } argument)
            return context.Values.Scalar(argument.Value, sizeof(ulong), "the address");
        context.Sink.Error(step.Verb.Span, $"'{step.Verb}' needs an address; write {form}");
        return null;
    }

    private int? FileSlot(Value value)
    {
        var word = (value as WordValue)?.Text;
        if (word is not null && context.Names.Find(word) is { Kind: NameKind.MemoryFile } name)
            return name.Slot;
        var known = context.Names.Names.Where(n => context.Names.Find(n)!.Kind == NameKind.MemoryFile);
        context.Sink.Error(
            value.Span,
            "expected a file: the result of an earlier 'memfd_create'",
            word is null ? null : NearestWord.Find(word, known)
        );
        return null;
    }
}
