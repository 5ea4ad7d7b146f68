using System.Globalization;
using System.Text;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Findings;

/// <summary>
/// Writes a sequence as a C program for a real /dev/iommu. Structs are bytes, so that no kernel
/// header is needed; what VFIO does in the model is asked of device files here.
/// </summary>
internal sealed partial class ProgramWriter
{
    private readonly SearchTarget _target;
    private readonly CallSequence _sequence;
    private readonly MockDevices _mocks;
    private readonly StringBuilder _text = new();
    private readonly Dictionary<(int Label, string Member), int> _ids = [];
    private int _memories;
    private bool _isLast;

    /// <summary>The devices that a user has to name, in the order of arguments.</summary>
    private readonly List<int> _devices;

    private ProgramWriter(SearchTarget target, CallSequence sequence)
    {
        _target = target;
        _sequence = sequence;
        _mocks = new MockDevices(target, sequence);
        _devices = [.. Enumerable.Range(0, sequence.Devices.Length).Where(device => !_mocks.IsMock(device))];
    }

    /// <param name="shown">
    /// What the last call returned, given the ids of devices in the program; null where it did not return.
    /// </param>
    public static string Write(
        SearchTarget target,
        CallSequence sequence,
        string title,
        Func<IReadOnlyList<(int Number, int Label)>, string?>? shown = null
    )
    {
        var writer = new ProgramWriter(target, sequence);
        writer.Body();
        var body = writer._text.ToString();
        writer._text.Clear();
        writer.Comment(title, shown?.Invoke(writer.DeviceIds()));
        writer._text.Append(ProgramHelpers.Includes);
        writer._text.Append(writer.Failing is { } kind ? FailureHelpers.Write(kind) : FailureHelpers.None);
        writer._text.Append(ProgramHelpers.Functions);
        if (writer.HasFiles)
            writer._text.Append(ProgramHelpers.Files);
        if (writer._mocks.Any)
            writer._text.Append(MockHelpers.Write(target, writer._mocks));
        writer.Line("");
        writer._text.Append(body);
        return writer._text.ToString();
    }

    /// <summary>What fails inside of a call, where a real kernel can be asked for it.</summary>
    private DecisionKind? Failing =>
        _sequence.Calls.FirstOrDefault(c => c.InjectNth > 0) is { } injected && FailureHelpers.Can(injected.Injected)
            ? injected.Injected
            : null;

    /// <summary>It has files that are no /dev/iommu, a child, or a limit.</summary>
    private bool HasFiles =>
        _sequence.LockedPages is not null
        || _sequence.Calls.Any(c =>
            c.IsOfChild
            || c.Fields.Any(f => f.Value.Memory is { IsFile: true })
            || _target.Plans.GetValueOrDefault(c.Verb) is { FileKind: not null }
        );

    private List<(int Number, int Label)> DeviceIds() =>
        [.. _ids.Where(entry => entry.Key.Member == "idev").Select(entry => (entry.Value, entry.Key.Label)).Order()];

    private void Body()
    {
        var labels = _sequence.Calls.Select(c => c.Label).DefaultIfEmpty(0).Max() + 1;
        var mocks = _mocks.Any ? F($"\n    static struct mock mock[{labels}];") : "";
        _text.Append(
            CultureInfo.InvariantCulture,
            $$"""
            {{(Failing is null ? "int main" : "static int sequence")}}(int argc, char **argv)
            {
                static uint32_t id[{{(labels * 4) + 1}}];
                static int file[{{labels}}];
                static int device[{{labels}}];{{mocks}}

                if (argc != {{_devices.Count + 1}}) {
                    fprintf(stderr, "usage: %s with {{_devices.Count}} device files\n", argv[0]);
                    return 2;
                }
                (void)id;
                (void)device;
                file[0] = open("/dev/iommu", O_RDWR);
                if (file[0] < 0) {
                    perror("/dev/iommu");
                    return 2;
                }

            """
        );
        if (_sequence.LockedPages is { } pages)
            Line(F($"    limit_memory({pages * UserAddressSpace.PageSize}UL);"));
        foreach (var call in _sequence.Calls)
        {
            Line("");
            if (call.InjectNth > 0)
                Line(F($"    /* In the model {call.Injected} number {call.InjectNth} of this call fails. */"));
            _isLast = ReferenceEquals(call, _sequence.Calls[^1]);
            Make(call);
            if (_isLast && call.Kind is not (CallKind.Ioctl or CallKind.Read or CallKind.Poll))
                Line($"    show(\"{NameOf(call)}\", NULL, 0);");
        }

        Line("    return 0;");
        Line("}");
        if (Failing is null)
            return;
        Line("");
        Line("int main(int argc, char **argv)");
        Line("{");
        Line("    return with_failures(argc, argv);");
        Line("}");
    }

    private static string NameOf(Call call) =>
        call.Kind == CallKind.Ioctl ? call.Verb : call.Kind.ToString().ToLowerInvariant();

    /// <summary>From here on the call fails inside, until it has returned.</summary>
    private void StartFailing(Call call)
    {
        if (call.InjectNth > 0 && Failing is not null)
            Line("    START_FAILING();");
    }

    /// <summary>Shows what was read: of page faults with the numbers of device ids in place of them.</summary>
    private void ShowRead(Call call, string start)
    {
        var devices = DeviceIds();
        var isOfFaults =
            _sequence.Calls.FirstOrDefault(c => c.Label == call.File) is { } queue
            && _target.Plans.TryGetValue(queue.Verb, out var plan)
            && plan.Ids.Any(id => id.Kind == ObjectKind.FaultQueue);
        Line("    {");
        Line(F($"    long length = outcome < {ShownOutcome.Most} ? outcome : {ShownOutcome.Most};"));
        if (isOfFaults)
        {
            var numbers = string.Join(", ", devices.Select(device => F($"{device.Number}")));
            Line($"    static const int devices[] = {{{(numbers.Length > 0 ? numbers : "0")}}};");
            Line(F($"    for (long at = 0; at + {ShownOutcome.FaultSize} <= length; at += {ShownOutcome.FaultSize})"));
            Line(F($"        name_device({start} + at, id, devices, {devices.Count});"));
        }

        Line($"    show(\"read\", {start}, length);");
        Line("    }");
    }

    private void Make(Call call)
    {
        switch (call.Kind)
        {
            case CallKind.Ioctl:
                Ioctl(call);
                break;
            case CallKind.Open:
                Line(F($"    file[{call.Label}] = open(\"/dev/iommu\", O_RDWR);"));
                break;
            case CallKind.Close:
                Line(F($"    close(file[{call.File}]);"));
                break;
            case CallKind.Read or CallKind.Write:
                var memory = call.Fields[0].Value.Memory!;
                var start = F($"{Memory(memory, memory.Room - memory.Size)} + {memory.Room - memory.Size}UL");
                var count = Number(call.Fields[1].Value);
                StartFailing(call);
                Line(F($"    tell(\"{call.Verb}\", {call.Verb}(file[{call.File}], {start}, {count}));"));
                if (_isLast && call.Kind == CallKind.Read)
                    ShowRead(call, start);
                break;
            case CallKind.Poll:
                Line("    {");
                Line(F($"    struct pollfd queue = {{ .fd = file[{call.File}], .events = POLLIN | POLLOUT }};"));
                Line("    tell(\"poll\", poll(&queue, 1, 0));");
                if (_isLast)
                    Line("    outcome = queue.revents, show(\"poll\", NULL, 0);");
                Line("    }");
                break;
            default:
                if (call.Kind == CallKind.Bind ? _mocks.IsMock(call.Device) : _mocks.IsBoundMock(call.Bound))
                    OnMock(call);
                else
                    OnDevice(call);
                break;
        }
    }

    private void OnMock(Call call)
    {
        var mock = F($"&mock[{(call.Kind == CallKind.Bind ? call.Label : call.Bound)}]");
        StartFailing(call);
        switch (call.Kind)
        {
            case CallKind.Bind:
                var flags = _mocks.FlagsOf(call.Device);
                var op = _target.Plans[flags == 0 ? MockDeviceTopics.Plug : MockDeviceTopics.PlugWithFlags].Op;
                var idev = F($"id[{IdOf(call.Label, "idev")}]");
                Line(F($"    {idev} = mock_bind({mock}, file[{call.File}], {op}U, {flags}U);"));
                break;
            case CallKind.Unbind:
                Line($"    mock_unbind({mock});");
                break;
            case CallKind.Detach:
                Line($"    mock_detach({mock});");
                break;
            default:
                var function =
                    call.Kind == CallKind.Attach ? $"mock_attach({mock}, " : $"mock_replace({mock}, \"replace\", ";
                Line(F($"    id[{IdOf(call.Label, "pt")}] = {function}{Number(call.Fields[0].Value)});"));
                break;
        }
    }

    private void OnDevice(Call call)
    {
        switch (call.Kind)
        {
            case CallKind.Bind:
                Line(F($"    device[{call.Label}] = open(argv[{_devices.IndexOf(call.Device) + 1}], O_RDWR);"));
                Vfio(call.Label, "bind", "VFIO_BIND", 16, F($"(uint32_t)file[{call.File}]"));
                Line(F($"    id[{IdOf(call.Label, "idev")}] = get(vfio + 12);"));
                Line("    }");
                break;
            case CallKind.Unbind:
                Line(F($"    close(device[{call.Bound}]);"));
                break;
            case CallKind.Detach:
                Vfio(call.Bound, "detach", "VFIO_DETACH", 8, null);
                Line("    }");
                break;
            default:
                var name = call.Kind == CallKind.Attach ? "attach" : "replace";
                Vfio(call.Bound, name, "VFIO_ATTACH", 12, Number(call.Fields[0].Value));
                Line(F($"    id[{IdOf(call.Label, "pt")}] = get(vfio + 8);"));
                Line("    }");
                break;
        }
    }

    /// <summary>Leaves the block open for what is read from the struct.</summary>
    private void Vfio(int device, string name, string request, int size, string? argument)
    {
        Line("    {");
        Line("    uint8_t vfio[16] = {0};");
        Line(F($"    put(vfio, 4, {size});"));
        if (argument is not null)
            Line($"    put(vfio + 8, 4, {argument});");
        Line(F($"    call(device[{device}], \"{name}\", {request}, vfio);"));
    }

    private void Ioctl(Call call)
    {
        if (!_target.Plans.TryGetValue(call.Verb, out var plan))
            return;
        if (call.Place == StructPlace.Null)
        {
            Line(F($"    call(file[{call.File}], \"{call.Verb}\", 0x{plan.Request:x}UL, NULL);"));
            if (_isLast)
                Line($"    show(\"{call.Verb}\", NULL, 0);");
            return;
        }

        var behind = call.Tail is null ? 0 : 1;
        var size = call.Size ?? (ulong)(plan.Size + behind);
        var at = Map(Math.Max(size, (ulong)(plan.Size + behind)), 0);
        if (plan.Op is { } op)
            Put(at, plan.Fields["op"].Offset, 4, F($"{op}U"));
        foreach (var (name, value) in call.Fields)
        {
            if (plan.Fields.TryGetValue(name, out var field))
                Put(
                    at,
                    field.Offset,
                    field.Size,
                    value.Memory is { IsFile: true } file ? File(call, file) : Value(value)
                );
        }

        if (call.Tail is { } tail)
            Put(at, plan.Size, 1, F($"{tail}"));
        Put(at, 0, 4, F($"{size}U"));
        Protect(
            at,
            call.Place switch
            {
                StructPlace.ReadOnly => PageAccess.ReadOnly,
                StructPlace.Unmapped => PageAccess.Absent,
                _ => PageAccess.ReadWrite,
            }
        );
        if (plan is { FileKind: not null, DescriptorField: null })
            Line(F($"    id[{IdOf(call.Label, SequenceMachine.FileMember)}] = file[{call.Label}] = next_file();"));
        StartFailing(call);
        var caller = call.IsOfChild ? "in_child" : "call";
        Line(F($"    {caller}(file[{call.File}], \"{call.Verb}\", 0x{plan.Request:x}UL, {at});"));
        if (_isLast && call.Place != StructPlace.Good)
            Line($"    show(\"{call.Verb}\", NULL, 0);");
        if (call.Place == StructPlace.Unmapped)
            return;
        foreach (var (member, field) in plan.Ids)
            Line(F($"    id[{IdOf(call.Label, member)}] = get({at} + {field.Offset});"));
        if (plan.DescriptorField is { } queue)
            Line(F($"    file[{call.Label}] = (int)get({at} + {queue.Offset});"));
        if (plan is { FileKind: not null, DescriptorField: not null })
            Line(F($"    id[{IdOf(call.Label, SequenceMachine.FileMember)}] = file[{call.Label}];"));
        if (!_isLast || call.Place != StructPlace.Good)
            return;
        foreach (var (name, field) in plan.Fields.OrderBy(f => f.Value.Offset))
        {
            if (ShownOutcome.IsHidden(name))
                Put(at, field.Offset, field.Size, "0");
        }

        Line(F($"    show(\"{call.Verb}\", {at}, {plan.Size});"));
    }

    /// <summary>A file that later calls may pass as well.</summary>
    private string File(Call call, MemorySpec file)
    {
        var id = F($"id[{IdOf(call.Label, SequenceMachine.FileMember)}]");
        Line(F($"    {id} = memory_file({file.Length}UL, {file.Fill});"));
        return id;
    }

    private string Value(CallValue value) =>
        value.Memory is { } memory ? $"(uintptr_t){Memory(memory)}" : Number(value);

    private string Number(CallValue value) =>
        value.Label == 0 ? F($"0x{value.Number:x}ULL") : F($"id[{IdOf(value.Label, value.Member!)}]");

    /// <param name="start">Bytes before the first struct: a buffer ends where its last page does.</param>
    private string Memory(MemorySpec memory, ulong start = 0)
    {
        var at = Map(memory.Size, memory.Fill);
        if (memory.Layout is { } layout)
        {
            for (var i = 0; i < memory.Entries.Length; i++)
            {
                foreach (var (name, value) in memory.Entries[i])
                {
                    if (layout.Find(name) is { IsScalar: true } field)
                        Put(at, (int)start + (i * layout.Size) + field.Offset, field.Size, Value(value));
                }
            }
        }

        Protect(at, memory.Access);
        return at;
    }

    private string Map(ulong length, byte fill)
    {
        var name = F($"m{_memories++}");
        Line(F($"    uint8_t *{name} = map({length}UL, {fill});"));
        return name;
    }

    private void Put(string at, int offset, int size, string value) =>
        Line(F($"    put({at} + {offset}, {size}, {value});"));

    private void Protect(string at, PageAccess access)
    {
        if (access != PageAccess.ReadWrite)
            Line($"    mprotect({at}, PAGE, {(access == PageAccess.ReadOnly ? "PROT_READ" : "PROT_NONE")});");
    }

    private int IdOf(int label, string member)
    {
        if (!_ids.TryGetValue((label, member), out var index))
            _ids.Add((label, member), index = _ids.Count);
        return index;
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Line(string text) => _text.Append(text).Append('\n');
}
