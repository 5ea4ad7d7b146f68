using System.Buffers.Binary;
using System.Runtime.InteropServices;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I3 of a kernel that cannot be looked into: a call that failed changed none of the addresses that can be mapped. A
/// program may ask for them at any time, and so does this, before and after. What was told stays so until another call
/// is made, and is not asked for again.
/// </summary>
internal sealed class VisibleRanges(SequenceMachine machine)
{
    /// <summary>Ranges that are asked for; of more only the count is compared.</summary>
    private const int Room = 32;

    private static readonly int s_bytes = Room * Marshal.SizeOf<IovaRange>();

    private readonly List<byte> _before = [];
    private readonly List<byte> _after = [];

    /// <summary>What the kernel told since <see cref="_entered"/>, the first <see cref="_count"/> of them.</summary>
    private readonly List<Told> _told = [];
    private int _count;
    private long _entered;
    private IoctlPlan? _plan;
    private int _idAt;
    private int _countAt;
    private int _addressAt;
    private int _alignmentAt;
    private SearchMemory.Mapping? _argument;
    private SearchMemory.Mapping? _ranges;

    /// <summary>Begins a sequence on the machine, which has just booted.</summary>
    public void Start()
    {
        _argument = null;
        _ranges = null;
        _count = 0;
    }

    /// <summary>
    /// Whether a failure of the call could leave other ranges behind: it moves a device or makes page tables.
    /// </summary>
    public static bool Concerns(PreparedCall made) =>
        made.Call.Kind is CallKind.Attach or CallKind.Replace || made.Plan is { IsTestOp: true } || HasPageTable(made);

    /// <summary>Asks before a call.</summary>
    public void Take(LifeCycleModel objects) => Ask(objects, _before);

    /// <summary>Asks after a failed call; whether something changed.</summary>
    public bool Changed(LifeCycleModel objects)
    {
        Ask(objects, _after);
        return !CollectionsMarshal.AsSpan(_before).SequenceEqual(CollectionsMarshal.AsSpan(_after));
    }

    private static bool HasPageTable(PreparedCall made) =>
        made.Plan is { } plan && plan.Ids.Any(id => id.Kind == ObjectKind.Paging);

    /// <summary>What can be mapped in the IOAS; false where there is none or it tells too much.</summary>
    /// <param name="usable">Is filled in, ascending.</param>
    /// <param name="alignment">Bytes.</param>
    public bool TryAsk(int descriptor, uint id, List<AddressRange> usable, out ulong alignment)
    {
        usable.Clear();
        alignment = 0;
        var told = Ask(descriptor, id);
        if (told.Errno != Errno.OK)
            return false;
        alignment = BinaryPrimitives.ReadUInt64LittleEndian(told.Argument[_alignmentAt..]);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(told.Argument[_countAt..]);
        foreach (var range in MemoryMarshal.Cast<byte, IovaRange>(told.Ranges)[..(int)count])
            usable.Add(new AddressRange(range.Start, range.Last));
        return true;
    }

    private void Ask(LifeCycleModel objects, List<byte> told)
    {
        told.Clear();
        foreach (var (descriptor, id) in objects.Ioases())
            told.AddRange(Ask(descriptor, id).Bytes);
    }

    private IoctlPlan Prepare()
    {
        var plan = _plan ?? Plan();
        _argument ??= machine.Memory.Map((ulong)plan.Size, PageAccess.ReadWrite, 0, isCounted: false);
        _ranges ??= machine.Memory.Map((ulong)s_bytes, PageAccess.ReadWrite, 0, isCounted: false);
        return plan;
    }

    private IoctlPlan Plan()
    {
        var plan = machine.Target.PlanOf(IoctlNumber.IOMMU_IOAS_IOVA_RANGES);
        _idAt = plan.Fields["ioas_id"].Offset;
        _countAt = plan.Fields["num_iovas"].Offset;
        _addressAt = plan.Fields["allowed_iovas"].Offset;
        _alignmentAt = plan.Fields["out_iova_alignment"].Offset;
        return _plan = plan;
    }

    private Told Ask(int descriptor, uint id)
    {
        var kernel = machine.Running.Machine;
        if (kernel.Entered != _entered)
            _count = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_told[i].Descriptor == descriptor && _told[i].Id == id)
                return _told[i];
        }

        var plan = Prepare();
        if (_count == _told.Count)
            _told.Add(new Told(plan.Size));
        var told = _told[_count++];
        (told.Descriptor, told.Id) = (descriptor, id);
        told.Errno = Ask(plan, descriptor, id).Errno;
        _argument!.Head[..plan.Size].CopyTo(told.Argument);
        _ranges!.Head[..s_bytes].CopyTo(told.Ranges);
        _entered = kernel.Entered;
        return told;
    }

    private SyscallResult Ask(IoctlPlan plan, int descriptor, uint id)
    {
        var head = _argument!.Head[..plan.Size];
        head.Clear();
        _ranges!.Head[..s_bytes].Clear();
        Write(head, 0, (uint)plan.Size);
        Write(head, _idAt, id);
        Write(head, _countAt, Room);
        BinaryPrimitives.WriteUInt64LittleEndian(head[_addressAt..], _ranges.Start);
        return machine.Running.Ioctl(machine.Task, descriptor, plan.Request, _argument.Start);
    }

    private static void Write(Span<byte> memory, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(memory[offset..], value);

    /// <summary>What the kernel told of an IOAS: the struct, and the ranges behind it.</summary>
    private sealed class Told(int size)
    {
        public int Descriptor { get; set; }

        public uint Id { get; set; }

        public Errno Errno { get; set; }

        public byte[] Bytes { get; } = new byte[size + s_bytes];

        public Span<byte> Argument => Bytes.AsSpan(0, size);

        public Span<byte> Ranges => Bytes.AsSpan(size);
    }
}
