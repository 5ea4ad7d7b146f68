using System.Collections.Frozen;
using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>What the contract says of a call: one answer, a failure of any kind, or nothing.</summary>
/// <param name="Errno">The answer; null where only <paramref name="MustFail"/> is known.</param>
/// <param name="Why">The rule, in words that findings are titled with.</param>
internal readonly record struct Expectation(Errno? Errno, bool MustFail, string Why)
{
    public static Expectation None => default;

    public static Expectation Of(Errno errno, string why) => new(errno, false, why);

    public static Expectation Failure(string why) => new(null, true, why);

    /// <summary>How a finding is titled when the answer is another one.</summary>
    public string TitleFor(string call, SyscallResult answer) =>
        $"I10: {call} answers {answer}, not {(Errno is { } one ? $"{one}" : "an error")}: {Why}";

    public bool Holds(Errno answer) => Errno is { } one ? answer == one : !MustFail || answer != Machine.Errno.OK;
}

/// <summary>
/// An ioctl that was made, with its struct as the kernel reads it: what user space does not have is 0.
/// </summary>
internal readonly ref struct IoctlMade(
    PreparedCall call,
    ReadOnlySpan<byte> argument,
    SequenceMachine machine,
    ModelContext context
)
{
    private readonly ReadOnlySpan<byte> _argument = argument;

    public PreparedCall Call => call;

    /// <summary>A failure was injected, and the call met it.</summary>
    public bool MetFailure { get; init; }

    /// <summary>The accesses of the selftest, where their life is followed.</summary>
    public AccessTable? Accesses { get; init; }

    /// <summary>The access whose descriptor the field has, or null.</summary>
    public ModelAccess? Access(string name) => Accesses?.Find(Field(name));

    public SearchTarget Target => machine.Target;

    /// <summary>The descriptor's objects before the call.</summary>
    public ModelContext Context => context;

    /// <summary>The descriptor that the call returned, or -1.</summary>
    public int Descriptor => machine.DescriptorOf(call.Call.Label);

    public bool Has(string name) => call.Plan!.Fields.ContainsKey(name);

    public uint Field(string name) => (uint)Wide(name);

    public ulong Wide(string name)
    {
        if (!call.Plan!.Fields.TryGetValue(name, out var field) || !field.IsScalar)
            return 0;
        ulong value = 0;
        for (var i = 0; i < field.Size; i++)
        {
            if ((ulong)(field.Offset + i) < call.UserSize)
                value |= (ulong)_argument[field.Offset + i] << (8 * i);
        }

        return value;
    }

    /// <summary>The object whose id the field has, or null.</summary>
    public ModelObject? Find(string name) => context.Find(Field(name));

    public ModelObject? Device(string name) => Find(name) is { Kind: ObjectKind.Device } device ? device : null;

    /// <summary>The id that the call returned.</summary>
    public uint Returned(string member) => (uint)machine.ResultOf(call.Call.Label, member);

    /// <summary>For calls that can only be wrong in their flags.</summary>
    public Expectation ExpectNoFlags() =>
        Field("flags") != 0
            ? Expectation.Of(Errno.EOPNOTSUPP, "there are no flags")
            : Expectation.Of(Errno.OK, "nothing is wrong with it");
}

internal delegate Expectation ExpectAnswer(in IoctlMade call);

internal delegate ModelObject? MakeObject(in IoctlMade call);

/// <summary>Takes over a success; returns what is wrong with what was returned, or null.</summary>
internal delegate string? ApplySuccess(in IoctlMade call);

internal delegate void NoteFailure(in IoctlMade call, Errno errno);

/// <summary>What may remain of a call that failed, as far as kernels document it: I3 does not hold then.</summary>
/// <param name="Where">The kernels in which it may; null for all.</param>
internal sealed record Remainder(Errno Errno, string Why, Func<IommufdSpec, bool>? Where = null)
{
    /// <summary>The work was done when its results could not be copied.</summary>
    public static Remainder Untold(string why) => new(Errno.EFAULT, why);
}

/// <summary>What is expected of one ioctl, written from the uAPI's documentation and not from any draw.</summary>
internal record IoctlContract(string Name)
{
    /// <summary>Which mistake in the arguments has which errno, in the documented order.</summary>
    public ExpectAnswer? Expect { get; init; }

    /// <summary>The errnos that Linux 7.3 documents for it or has in its source; none without a model of it.</summary>
    public ImmutableArray<Errno> Errnos { get; init; } = [];

    /// <summary>The object that a success has made.</summary>
    public MakeObject? Make { get; init; }

    /// <summary>Any other change that a success makes.</summary>
    public ApplySuccess? Apply { get; init; }

    /// <summary>What it does with the mappings of an IOAS.</summary>
    public MappingRule? Mapping { get; init; }

    /// <summary>
    /// What a failure changes. Without it the model ends where a failure may leave something behind.
    /// </summary>
    public NoteFailure? Failed { get; init; }

    /// <summary>ENOMEM may be the answer of a driver that lacks no memory: <see cref="Expect"/> says when.</summary>
    public bool FeignsNoMemory { get; init; }

    /// <summary>Inputs that a success writes too.</summary>
    public ImmutableArray<string> Written { get; init; } = [];

    /// <summary>Inputs that a failure writes as well.</summary>
    public ImmutableArray<string> WrittenAlways { get; init; } = [];

    /// <summary>Inputs that return how much of them was done.</summary>
    public ImmutableArray<string> Counters { get; init; } = [];

    public ImmutableArray<Remainder> Remains { get; init; } = [];

    /// <summary>
    /// I17: how much of the data behind a pointer the call may go through; 0 for no bound. The struct itself and
    /// the buffer of GET_HW_INFO are not counted: their lengths bound one linear pass each, and no kernel limits
    /// them.
    /// </summary>
    public (ulong Accesses, ulong Bytes) Work { get; init; }

    /// <summary>The errno of the driver is the errno of the call.</summary>
    public bool ReturnsDriverErrno { get; init; }

    /// <summary>What was asked has moved, and the answer tells only where to: a kernel may say OK.</summary>
    public bool SucceedsUntold { get; init; }

    /// <summary>EFAULT may tell of other memory than the user's.</summary>
    public bool ReadsMapped { get; init; }

    /// <summary>Returns the driver's description of a device.</summary>
    public bool DescribesDevice { get; init; }

    /// <summary>Whether a call that ends so may write the input.</summary>
    public bool Writes(string input, bool succeeded) =>
        WrittenAlways.AsSpan().Contains(input) || (succeeded && Written.AsSpan().Contains(input));
}

/// <summary>What is expected of every ioctl, by name.</summary>
internal sealed class ContractTable(IEnumerable<IoctlContract> rows)
{
    private static readonly IoctlContract s_none = new("");

    private readonly FrozenDictionary<string, IoctlContract> _contracts = rows.ToFrozenDictionary(
        r => r.Name,
        StringComparer.Ordinal
    );

    /// <summary>The contract of a call; that of anything but an ioctl is empty.</summary>
    public IoctlContract Of(string name) => _contracts.GetValueOrDefault(name, s_none);

    /// <summary>Whether a call that failed so may leave something behind.</summary>
    public bool MayRemain(IommufdSpec spec, string name, Errno errno)
    {
        foreach (var remainder in Of(name).Remains)
        {
            if (remainder.Errno == errno && (remainder.Where is null || remainder.Where(spec)))
                return true;
        }

        return false;
    }
}
