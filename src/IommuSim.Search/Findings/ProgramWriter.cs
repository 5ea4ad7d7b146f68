using System.Globalization;
using System.Text;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Findings;

/// <summary>
/// Writes a sequence as a C program for a real /dev/iommu. Structs are bytes, so that no kernel
/// header is needed; what VFIO does in the model is asked of device files here.
/// </summary>
internal sealed class ProgramWriter
{
    private const string Head = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <unistd.h>

        #define UNUSED __attribute__((unused))
        #define PAGE 4096UL
        #define VFIO_BIND 0x3b76UL   /* VFIO_DEVICE_BIND_IOMMUFD */
        #define VFIO_ATTACH 0x3b77UL /* VFIO_DEVICE_ATTACH_IOMMUFD_PT */
        #define VFIO_DETACH 0x3b78UL /* VFIO_DEVICE_DETACH_IOMMUFD_PT */

        /* Whole pages with a page behind them that faults. */
        UNUSED static uint8_t *map(size_t length, int fill)
        {
            size_t pages = length ? (length + PAGE - 1) / PAGE : 1;
            int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
            uint8_t *at = mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

            if (at == MAP_FAILED) {
                perror("mmap");
                _exit(2);
            }
            mprotect(at + pages * PAGE, PAGE, PROT_NONE);
            if (fill)
                memset(at, fill, pages * PAGE);
            return at;
        }

        UNUSED static void put(uint8_t *at, unsigned int size, uint64_t value)
        {
            memcpy(at, &value, size);
        }

        UNUSED static uint32_t get(const uint8_t *at)
        {
            uint32_t value;

            memcpy(&value, at, sizeof(value));
            return value;
        }

        UNUSED static void tell(const char *name, long rc)
        {
            printf("%s: %s\n", name, rc < 0 ? strerror(errno) : "OK");
        }

        UNUSED static int call(int fd, const char *name, unsigned long request, void *argument)
        {
            int rc = ioctl(fd, request, argument);

            tell(name, rc);
            return rc < 0 ? -errno : 0;
        }

        """;

    private readonly SearchTarget _target;
    private readonly CallSequence _sequence;
    private readonly MockDevices _mocks;
    private readonly StringBuilder _text = new();
    private readonly Dictionary<(int Label, string Member), int> _ids = [];
    private int _memories;

    /// <summary>The devices that a user has to name, in the order of arguments.</summary>
    private readonly List<int> _devices;

    private ProgramWriter(SearchTarget target, CallSequence sequence)
    {
        _target = target;
        _sequence = sequence;
        _mocks = new MockDevices(target, sequence);
        _devices = [.. Enumerable.Range(0, sequence.Devices.Length).Where(device => !_mocks.IsMock(device))];
    }

    public static string Write(SearchTarget target, CallSequence sequence, string title)
    {
        var writer = new ProgramWriter(target, sequence);
        writer.Comment(title);
        writer._text.Append(Head);
        if (writer._mocks.Any)
            writer._text.Append(MockHelpers.Write(target, writer._mocks));
        writer.Line("");
        writer.Body();
        return writer._text.ToString();
    }

    private void Comment(string title)
    {
        Line("/*");
        Line($" * {title}");
        Line($" * Found on the modelled kernel {_target.Node.Name}; made of a shrunk sequence.");
        Line(" *");
        if (_devices.Any())
        {
            Line(" * Arguments: one VFIO device file each, /dev/vfio/devices/vfioN, for");
            foreach (var device in _devices)
                Line(
                    $" *   {_sequence.Devices[device].Options.Name}: a device {_mocks.ReasonOf(device)}{Group(device)}"
                );
        }

        DescribeMocks();
        if (_sequence.Calls.FirstOrDefault(c => c.InjectNth > 0) is { } injected)
            Line($"{ProgramNeeds.Mark}a failure inside of {injected.Name}, at a point that only the model counts");
        if (_mocks.Any || _sequence.Calls.Any(c => c.IsTestOp))
            Line(" * The kernel needs CONFIG_IOMMUFD_TEST.");
        Line(" */");
    }

    private void DescribeMocks()
    {
        var mocks = Enumerable.Range(0, _sequence.Devices.Length).Where(_mocks.IsMock).ToList();
        if (mocks.Count == 0)
            return;
        var names = string.Join(", ", mocks.Select(device => _sequence.Devices[device].Options.Name + Group(device)));
        Line($" * Mock devices of IOMMU_TEST_CMD, in place of devices that VFIO binds: {names}.");
        Line(
            _mocks.CanDetach
                ? " * bind is MOCK_DOMAIN on an IOAS that goes again, and PASID_DETACH of pasid 0;"
                : " * bind is MOCK_DOMAIN on an IOAS of its own, and so each attach is a replace;"
        );
        Line(
            _mocks.CanDetach
                ? " * attach and detach are PASID_ATTACH and PASID_DETACH of pasid 0,"
                : " * attach is MOCK_DOMAIN_REPLACE, detach comes with unbind,"
        );
        Line(" * replace is MOCK_DOMAIN_REPLACE, unbind is DESTROY.");
        if (_mocks.IsShared)
            Line(ProgramNeeds.Mark + ProgramNeeds.SharedGroup);
    }

    private string Group(int device)
    {
        var options = _sequence.Devices[device].Options;
        return options.Group == options.Name ? "" : $", in the group of {options.Group}";
    }

    private void Body()
    {
        var labels = _sequence.Calls.Select(c => c.Label).DefaultIfEmpty(0).Max() + 1;
        var mocks = _mocks.Any ? F($"\n    static struct mock mock[{labels}];") : "";
        _text.Append(
            CultureInfo.InvariantCulture,
            $$"""
            int main(int argc, char **argv)
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
        foreach (var call in _sequence.Calls)
        {
            Line("");
            if (call.InjectNth > 0)
                Line(
                    F(
                        $"    /* In the model {call.Injected} number {call.InjectNth} of this call fails: see fail-nth. */"
                    )
                );
            Make(call);
        }

        Line("    return 0;");
        Line("}");
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
                var start = F($"{Memory(memory)} + {memory.Room - memory.Size}UL");
                var count = Number(call.Fields[1].Value);
                Line(F($"    tell(\"{call.Verb}\", {call.Verb}(file[{call.File}], {start}, {count}));"));
                break;
            case CallKind.Poll:
                Line("    {");
                Line(F($"    struct pollfd queue = {{ .fd = file[{call.File}], .events = POLLIN }};"));
                Line("    tell(\"poll\", poll(&queue, 1, 0));");
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
                Put(at, field.Offset, field.Size, Value(value));
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
        Line(F($"    call(file[{call.File}], \"{call.Verb}\", 0x{plan.Request:x}UL, {at});"));
        if (call.Place == StructPlace.Unmapped)
            return;
        foreach (var (member, field) in plan.Ids)
            Line(F($"    id[{IdOf(call.Label, member)}] = get({at} + {field.Offset});"));
        if (plan.DescriptorField is { } queue)
            Line(F($"    file[{call.Label}] = (int)get({at} + {queue.Offset});"));
    }

    private string Value(CallValue value) =>
        value.Memory is { } memory ? $"(uintptr_t){Memory(memory)}" : Number(value);

    private string Number(CallValue value) =>
        value.Label == 0 ? F($"0x{value.Number:x}ULL") : F($"id[{IdOf(value.Label, value.Member!)}]");

    private string Memory(MemorySpec memory)
    {
        var at = Map(memory.Size, memory.Fill);
        if (memory.Layout is { } layout)
        {
            for (var i = 0; i < memory.Entries.Length; i++)
            {
                foreach (var (name, value) in memory.Entries[i])
                {
                    if (layout.Find(name) is { IsScalar: true } field)
                        Put(at, (i * layout.Size) + field.Offset, field.Size, Value(value));
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
