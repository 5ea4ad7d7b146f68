using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Search.Programs;

/// <summary>One call of a sequence, with ids as references to the calls that return them.</summary>
/// <param name="Label">Names its results; unique in the sequence, from 1.</param>
/// <param name="Verb">The C name of an ioctl or test operation.</param>
public sealed record Call(int Label, CallKind Kind, string Verb)
{
    /// <summary>Of read and write: the field with the memory, and that with how much of it.</summary>
    public const string Buffer = "data";

    /// <summary>Of read and write: the field with the bytes of it.</summary>
    public const string Count = "count";

    private static readonly string[] s_words =
    [
        .. Enum.GetValues<CallKind>().Select(kind => kind.ToString().ToLowerInvariant()),
    ];

    /// <summary>
    /// The ioctl's fields; for attach and replace the one field <c>pt_id</c>; for read and write <see cref="Buffer"/>
    /// and <see cref="Count"/>.
    /// </summary>
    public ImmutableArray<FieldSetting> Fields { get; init; } = [];

    /// <summary>Bind: the device's number in the sequence.</summary>
    public int Device { get; init; }

    /// <summary>Attach, replace, detach, unbind: the label of the bind.</summary>
    public int Bound { get; init; }

    /// <summary>The label of the call that the descriptor is from; 0 for the first descriptor.</summary>
    public int File { get; init; }

    /// <summary>The size word; null for the struct's own size.</summary>
    public ulong? Size { get; init; }

    /// <summary>A byte behind the struct.</summary>
    public byte? Tail { get; init; }

    /// <summary>Where the ioctl's own struct lies.</summary>
    public StructPlace Place { get; init; }

    /// <summary>A child of the program makes it, which has the program's descriptors and memory of its own.</summary>
    public bool IsOfChild { get; init; }

    /// <summary>What fails in the call; see <see cref="InjectNth"/>.</summary>
    public DecisionKind Injected { get; init; }

    /// <summary>Which point of that kind fails, from 1; 0 for none.</summary>
    public int InjectNth { get; init; }

    /// <summary>The C name of an ioctl, the word for anything else.</summary>
    public string Name => Kind == CallKind.Ioctl ? Verb : s_words[(int)Kind];

    /// <summary>It is an operation of IOMMU_TEST_CMD.</summary>
    public bool IsTestOp => Verb.StartsWith("IOMMU_TEST_OP_", StringComparison.Ordinal);

    /// <summary>VFIO binds the device to the descriptor.</summary>
    public static Call Bind(int label, int device, int file) =>
        new(label, CallKind.Bind, "bind") { Device = device, File = file };

    /// <summary>Attach, replace and what VFIO does else with a device that is bound.</summary>
    public static Call OnDevice(int label, CallKind kind, int bound, CallValue? target = null) =>
        new(label, kind, "") { Bound = bound, Fields = target is { } value ? [new FieldSetting("pt_id", value)] : [] };

    /// <summary>The value of a field that is set; 0 for any other.</summary>
    public CallValue FieldOf(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name)
                return field.Value;
        }

        return default;
    }

    /// <summary>The call with another value of one field.</summary>
    public Call With(string field, CallValue value) =>
        this with
        {
            Fields = [.. Fields.Where(f => f.Name != field), new FieldSetting(field, value)],
        };
}

/// <summary>What a call of a sequence is.</summary>
public enum CallKind
{
    /// <summary>ioctl(2) on a file.</summary>
    Ioctl,

    /// <summary>open(2) of /dev/iommu.</summary>
    Open,

    /// <summary>close(2).</summary>
    Close,

    /// <summary>VFIO binds a device.</summary>
    Bind,

    /// <summary>VFIO attaches a bound device.</summary>
    Attach,

    /// <summary>VFIO moves an attached device.</summary>
    Replace,

    /// <summary>VFIO detaches a device.</summary>
    Detach,

    /// <summary>VFIO gives a device back.</summary>
    Unbind,

    /// <summary>read(2) of a queue.</summary>
    Read,

    /// <summary>write(2) to a queue.</summary>
    Write,

    /// <summary>poll(2) without waiting.</summary>
    Poll,
}

/// <summary>Where a program has the ioctl's own struct.</summary>
public enum StructPlace
{
    /// <summary>In memory that can be read and written.</summary>
    Good,

    /// <summary>In memory that cannot be written.</summary>
    ReadOnly,

    /// <summary>At an address at which nothing is.</summary>
    Unmapped,

    /// <summary>At address 0.</summary>
    Null,
}

/// <summary>A field by its C name, and what it is given.</summary>
public readonly record struct FieldSetting(string Name, CallValue Value);

/// <summary>What a field is given: a number, an id that an earlier call returned, or memory.</summary>
/// <param name="Number">The number, where it is one.</param>
/// <param name="Label">The call whose result it is; 0 for none. A call that failed returns 0.</param>
/// <param name="Member">Which of its results: <c>ioas</c> of <c>out_ioas_id</c>.</param>
/// <param name="Memory">The memory that the field points to.</param>
public readonly record struct CallValue(ulong Number, int Label = 0, string? Member = null, MemorySpec? Memory = null)
{
    /// <summary>A number.</summary>
    public static CallValue Of(ulong number) => new(number);

    /// <summary>What an earlier call returned.</summary>
    public static CallValue Result(int label, string member) => new(0, label, member);

    /// <summary>The address of memory.</summary>
    public static CallValue At(MemorySpec memory) => new(0, 0, null, memory);
}

/// <summary>A machine's devices and what a program then does; runs the same on every machine.</summary>
public sealed record CallSequence(ImmutableArray<DeviceDeclared> Devices, ImmutableArray<Call> Calls)
{
    /// <summary>
    /// RLIMIT_MEMLOCK of the program in pages, which has no CAP_IPC_LOCK then; null for no limit. Models know none.
    /// </summary>
    public ulong? LockedPages { get; init; }
}

/// <summary>A device to be plugged in.</summary>
public sealed record DeviceDeclared(string Driver, DeviceOptions Options);
