using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;

namespace IommuSim.Search.Programs;

/// <summary>A call whose ids are looked up and whose memory is in place.</summary>
internal sealed class PreparedCall
{
    public required Call Call { get; init; }

    public IoctlPlan? Plan { get; init; }

    public int Descriptor { get; init; }

    /// <summary>Where the ioctl's struct is; null for a pointer to nothing.</summary>
    public SearchMemory.Mapping? Argument { get; init; }

    /// <summary>The size word.</summary>
    public ulong UserSize { get; init; }

    /// <summary>What the fields point to, by field; only of the struct itself.</summary>
    public List<(string Field, SearchMemory.Mapping Mapping, MemorySpec Spec)>? Passed { get; init; }

    /// <summary>Who makes the call, where it is not the program itself.</summary>
    public KernelTask? By { get; init; }

    /// <summary>Bind: what is bound.</summary>
    public IKernelDevice? Device { get; init; }

    /// <summary>The other device calls: what was bound.</summary>
    public BoundHandle? Bound { get; init; }

    /// <summary>Attach and replace: the target.</summary>
    public uint PtIdAsked { get; init; }

    /// <summary>Attach and replace: the target, and then the hwpt in use.</summary>
    public uint PtId;

    /// <summary>Bind and open: what came of it.</summary>
    public IBinding? MadeBinding;

    public int MadeDescriptor = -1;

    /// <summary>Read and write: the memory, and how much of it.</summary>
    public ulong Buffer { get; init; }

    public ulong Count { get; init; }

    /// <summary>Read and write: the bytes that were moved.</summary>
    public ulong Moved;

    /// <summary>Poll: what was answered.</summary>
    public uint PollMask;

    /// <summary>A field of the ioctl as the call has left it; 0 for none.</summary>
    public ulong FieldAfter(string name)
    {
        if (Argument is null || Plan?.Fields.GetValueOrDefault(name) is not { IsScalar: true } field)
            return 0;
        ulong value = 0;
        for (var i = 0; i < field.Size; i++)
            value |= (ulong)Argument.Head[field.Offset + i] << (8 * i);
        return value;
    }

    /// <summary>Makes the call for the task.</summary>
    public SyscallResult Issue(IKernel kernel, KernelTask task) =>
        Call.Kind switch
        {
            CallKind.Ioctl => kernel.Ioctl(By ?? task, Descriptor, Plan!.Request, Argument?.Start ?? 0),
            CallKind.Open => kernel.Open(task, out MadeDescriptor),
            CallKind.Close => kernel.Close(task, Descriptor),
            CallKind.Read => kernel.Read(task, Descriptor, Buffer, Count, out Moved),
            CallKind.Write => kernel.Write(task, Descriptor, Buffer, Count, out Moved),
            CallKind.Poll => kernel.Poll(task, Descriptor, out PollMask),
            CallKind.Bind => kernel.Bind(task, Descriptor, Device!, out MadeBinding),
            CallKind.Attach => kernel.Attach(task, Bound!.Binding, pasid: 0, ref PtId),
            CallKind.Replace => kernel.Replace(task, Bound!.Binding, pasid: 0, ref PtId),
            CallKind.Detach => kernel.Detach(task, Bound!.Binding, pasid: 0),
            _ => kernel.Unbind(task, Bound!.Binding),
        };
}

/// <summary>A device that a sequence has bound.</summary>
internal sealed class BoundHandle(int label, int device, int descriptor, IBinding binding)
{
    public int Label { get; } = label;

    /// <summary>The device's number in the sequence.</summary>
    public int Index { get; } = device;

    public int Descriptor { get; } = descriptor;

    public IBinding Binding { get; } = binding;

    /// <summary>The binding from inside; null in a kernel of another make.</summary>
    public IommufdDevice? Device => Binding as IommufdDevice;

    /// <summary>An attach succeeded and no detach came after it.</summary>
    public bool Attached { get; set; }
}

/// <summary>What came of one call of a sequence.</summary>
/// <param name="Made">False for a call that VFIO would not make in that state.</param>
/// <param name="Title">The finding's title, or null.</param>
/// <param name="Detail">For a reader.</param>
/// <param name="Injected">The fault that was asked for was met.</param>
internal readonly record struct StepOutcome(
    bool Made,
    SyscallResult Result,
    string? Title,
    string Detail,
    bool Injected
)
{
    public DecisionKind InjectedKind { get; init; }

    /// <summary>Points of that kind that were passed, where one was to fail.</summary>
    public int Points { get; init; }

    /// <summary>Bytes that were read or written.</summary>
    public ulong Moved { get; init; }

    public static StepOutcome Skipped => default;
}
