using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>Binds the steps that are no ioctl by name.</summary>
internal sealed class CallStepBinder(BindContext context, Step step)
{
    /// <summary>The verbs that are not the name of an ioctl.</summary>
    public static IReadOnlyList<CallVerb> Verbs { get; } =
    [
        new("open", NameKind.Descriptor, static (step, result) => step.Open(result)),
        new("close", NameKind.NoNumber, static (step, result) => step.Close(result)),
        new("read", NameKind.NoNumber, static (step, result) => step.Transfer(result, writes: false)),
        new("write", NameKind.NoNumber, static (step, result) => step.Transfer(result, writes: true)),
        new("poll", NameKind.NoNumber, static (step, result) => step.Poll(result)),
        new("ioctl", NameKind.NoNumber, static (step, result) => step.Raw(result)),
        new("bind", NameKind.BoundDevice, static (step, result) => step.Bind(result)),
        new("attach", NameKind.Id, static (step, result) => step.Attach(result, replaces: false)),
        new("replace", NameKind.Id, static (step, result) => step.Attach(result, replaces: true)),
        new("detach", NameKind.NoNumber, static (step, result) => step.Detach(result, unbinds: false)),
        new("unbind", NameKind.NoNumber, static (step, result) => step.Detach(result, unbinds: true)),
        new("mmap", NameKind.Address, static (step, result) => step.Memory.Map(result)),
        new("memfd_create", NameKind.MemoryFile, static (step, result) => step.Memory.Create(result)),
        new("mremap", NameKind.Address, static (step, result) => step.Memory.Move(result)),
        new("munmap", NameKind.NoNumber, static (step, result) => step.Unmap(result)),
        new("fork", NameKind.Process, static (step, result) => step.Memory.Fork(result)),
        new("inspect", NameKind.NoNumber, static (step, result) => step.Inspect(result)),
    ];

    private readonly StepArguments _arguments = new(step, context);

    private MemoryStepBinder Memory => new(context, step, _arguments);

    private OpenAction? Open(BoundName? result)
    {
        var options = _arguments.TakeOptions(hasDescriptor: false);
        _arguments.Finish("NAME = open");
        if (result is not null)
            return new OpenAction(options, result.Slot);
        context.Sink.Error(step.Verb.Span, "'open' needs a name for the descriptor: NAME = open");
        return null;
    }

    private CloseAction? Close(BoundName? result)
    {
        NoResult(result);
        var positional = _arguments.TakePositional();
        var options = _arguments.TakeOptions(hasDescriptor: positional is null);
        _arguments.Finish("close, or close NAME");
        if (positional is null)
            return new CloseAction(options);
        return _arguments.DescriptorName(positional.Value) is { } name
            ? new CloseAction(options with { DescriptorSlot = name.Slot })
            : null;
    }

    private TransferAction? Transfer(BoundName? result, bool writes)
    {
        const string Data = "data";
        var form = $"{step.Verb} NAME data=MEMORY count=BYTES";
        NoResult(result);
        var descriptor = Descriptor(form);
        var options = _arguments.TakeOptions(hasDescriptor: false);
        var data = _arguments.Require(Data, form);
        var count = _arguments.Take("count");
        _arguments.Finish(form);
        ValueTerms? bytes = null;
        if (count is not null)
        {
            bytes = context.Values.Scalar(count.Value, sizeof(ulong), "count");
            if (bytes is null)
                return null;
        }

        if (descriptor is null || data is null || Pointer(data.Value, Data) is not { } pointer)
            return null;
        var structs = writes ? [] : QueueRecords.Of(descriptor.Verb);
        return new TransferAction(
            options with
            {
                DescriptorSlot = descriptor.Slot,
            },
            writes,
            pointer,
            Passed(data.Value, Data, structs),
            bytes,
            kernel => [.. structs.Select(name => context.Catalog.Structs.Pick(name, kernel))]
        );
    }

    private PollAction? Poll(BoundName? result)
    {
        const string Form = "poll NAME";
        NoResult(result);
        var descriptor = Descriptor(Form);
        var options = _arguments.TakeOptions(hasDescriptor: false);
        _arguments.Finish(Form);
        return descriptor is null ? null : new PollAction(options with { DescriptorSlot = descriptor.Slot });
    }

    private RawAction? Raw(BoundName? result)
    {
        const string Form = "ioctl request=NUMBER arg=NUMBER, null or memory";
        NoResult(result);
        var options = _arguments.TakeOptions();
        var request = _arguments.Require("request", Form);
        var argument = _arguments.Require(EncodedIoctl.ArgumentName, Form);
        _arguments.Finish(Form);
        if (request is null || argument is null)
            return null;
        var number = context.Values.Constant(request.Value, sizeof(uint), "request");
        var pointer = Pointer(argument.Value, EncodedIoctl.ArgumentName);
        if (number is null || pointer is null)
            return null;
        var memory = Passed(argument.Value, EncodedIoctl.ArgumentName);
        return new RawAction(options, (uint)number.Value, pointer, memory);
    }

    private BindAction? Bind(BoundName? result)
    {
        const string Form = "NAME = bind DEVICE";
        var device = Device(Form);
        var options = _arguments.TakeOptions();
        _arguments.Finish(Form);
        if (result is null)
            context.Sink.Error(step.Verb.Span, $"'bind' needs a name for the result: {Form}");
        return result is null || device is null ? null : new BindAction(options, device.Value, result.Slot);
    }

    private AttachAction? Attach(BoundName? result, bool replaces)
    {
        var form = $"{step.Verb} NAME pt_id=ID";
        var device = BoundDevice(form);
        var options = _arguments.TakeOptions(hasDescriptor: false);
        var target = _arguments.Require("pt_id", form);
        _arguments.Finish(form);
        if (device is null || target is null)
            return null;
        var id = context.Values.Scalar(target.Value, sizeof(uint), "pt_id");
        return id is null
            ? null
            : new AttachAction(options, device.Slot, device.Text, id.Value, replaces, result?.Slot);
    }

    private DetachAction? Detach(BoundName? result, bool unbinds)
    {
        NoResult(result);
        var form = $"{step.Verb} NAME";
        var device = BoundDevice(form);
        var options = _arguments.TakeOptions(hasDescriptor: false);
        _arguments.Finish(form);
        return device is null ? null : new DetachAction(options, device.Slot, device.Text, unbinds);
    }

    private MunmapAction? Unmap(BoundName? result)
    {
        NoResult(result);
        return Memory.Unmap();
    }

    private InspectAction? Inspect(BoundName? result)
    {
        const string Form = "inspect DEVICE";
        NoResult(result);
        var device = Device(Form);
        _arguments.Finish(Form);
        return device is null ? null : new InspectAction(device.Value);
    }

    /// <summary>A step of a task may have a name all the same, for the clauses.</summary>
    private void NoResult(BoundName? result)
    {
        if (result is not null && step.Block == StepBlock.Setup)
            context.Sink.Error(step.Result!.Span, $"'{step.Verb}' returns nothing that has a name");
    }

    /// <summary>A number, or memory; null with an error.</summary>
    private PassedPointer? Pointer(Value value, string argument)
    {
        if (MemoryBinder.IsMemory(value))
            return new PassedPointer(argument, ValueTerms.Of(0), Encode);
        return context.Values.Scalar(value, sizeof(ulong), argument) is { } address
            ? new PassedPointer(argument, address, _ => null)
            : null;

        MemoryImage? Encode(KernelNode kernel) =>
            context.Memory.TryBind(value, kernel, argument, out var image) ? image : null;
    }

    /// <summary>What the memory holds: the structs written there, else those given.</summary>
    private static PassedMemory[] Passed(Value value, string argument, params string[] otherwise)
    {
        if (!MemoryBinder.IsMemory(value))
            return [];
        var written = MemoryBinder.StructsOf(value);
        return [new PassedMemory(argument, written.Length > 0 ? written : otherwise)];
    }

    private BoundName? Descriptor(string form)
    {
        if (_arguments.TakePositional() is { } argument)
            return _arguments.DescriptorName(argument.Value);
        context.Sink.Error(step.Verb.Span, $"'{step.Verb}' needs a descriptor; write {form}");
        return null;
    }

    private int? Device(string form)
    {
        var argument = _arguments.TakePositional();
        var word = (argument?.Value as WordValue)?.Text;
        if (word is not null && context.Names.FindDevice(word) is >= 0 and var index)
            return index;
        var names = context.Names.DeviceNames;
        context.Sink.Error(
            argument?.Span ?? step.Verb.Span,
            word is null
                ? $"'{step.Verb}' needs a device; write {form}"
                : $"'{Token.Shorten(word)}' is no device; the headers declare {Join(names)}",
            word is null ? null : NearestWord.Find(word, names)
        );
        return null;
    }

    private BoundName? BoundDevice(string form)
    {
        var argument = _arguments.TakePositional();
        var word = (argument?.Value as WordValue)?.Text;
        if (word is not null && context.Names.Find(word) is { Kind: NameKind.BoundDevice } name)
            return name;
        var names = context.Names.Names.Where(n => context.Names.Find(n)!.Kind == NameKind.BoundDevice);
        context.Sink.Error(
            argument?.Span ?? step.Verb.Span,
            word is null
                ? $"'{step.Verb}' needs the result of a 'bind'; write {form}"
                : $"'{Token.Shorten(word)}' is not the result of an earlier 'bind'",
            word is null ? null : NearestWord.Find(word, names)
        );
        return null;
    }

    private static string Join(IEnumerable<string> names)
    {
        var text = string.Join(", ", names);
        return text.Length == 0 ? "none" : text;
    }
}

/// <summary>A verb that is not the name of an ioctl.</summary>
/// <param name="Result">What a name in front of it stands for.</param>
internal sealed record CallVerb(string Word, NameKind Result, Func<CallStepBinder, BoundName?, StepAction?> Bind);
