using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;

namespace IommuSim.Search.Fuzz;

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

    /// <summary>Bind: what is bound.</summary>
    public IommuDevice? Device { get; init; }

    /// <summary>The other device calls: what was bound.</summary>
    public BoundHandle? Bound { get; init; }

    /// <summary>Attach and replace: the target.</summary>
    public uint PtIdAsked { get; init; }

    /// <summary>Attach and replace: the target, and then the hwpt in use.</summary>
    public uint PtId;

    /// <summary>Bind and open: what came of it.</summary>
    public IommufdDevice? MadeDevice;

    public int MadeDescriptor = -1;

    /// <summary>Read and write: the memory, and how much of it.</summary>
    public ulong Buffer { get; init; }

    public ulong Count { get; init; }

    /// <summary>Read and write: the bytes that were moved.</summary>
    public ulong Moved;

    /// <summary>Poll: what was answered.</summary>
    public uint PollMask;

    /// <summary>Makes the call for the task.</summary>
    public SyscallResult Issue(IommufdKernel kernel, KernelTask task) =>
        Call.Kind switch
        {
            CallKind.Ioctl => kernel.Ioctl(task, Descriptor, Plan!.Request, Argument?.Start ?? 0),
            CallKind.Open => kernel.Open(task, out MadeDescriptor),
            CallKind.Close => kernel.Close(task, Descriptor),
            CallKind.Read => kernel.Read(task, Descriptor, Buffer, Count, out Moved),
            CallKind.Write => kernel.Write(task, Descriptor, Buffer, Count, out Moved),
            CallKind.Poll => kernel.Poll(task, Descriptor, out PollMask),
            CallKind.Bind => kernel.Run(task, this, static p => p.Bind()),
            CallKind.Attach => kernel.Run(
                task,
                this,
                static p => DeviceAttach.Attach(p.Bound!.Device, DeviceAttach.NoPasid, ref p.PtId)
            ),
            CallKind.Replace => kernel.Run(
                task,
                this,
                static p => DeviceAttach.Replace(p.Bound!.Device, DeviceAttach.NoPasid, ref p.PtId)
            ),
            CallKind.Detach => kernel.Run(
                task,
                Bound!.Device,
                static device =>
                {
                    DeviceAttach.Detach(device, DeviceAttach.NoPasid);
                    return Errno.OK;
                }
            ),
            _ => kernel.Run(
                task,
                Bound!.Device,
                static device =>
                {
                    DeviceBind.Unbind(device);
                    return Errno.OK;
                }
            ),
        };

    private Errno Bind() => DeviceBind.Bind(BindContext!, Device!, out MadeDevice);

    /// <summary>Bind: the context of the descriptor.</summary>
    public IommufdContext? BindContext { get; init; }
}

/// <summary>A device that a sequence has bound.</summary>
internal sealed class BoundHandle(int label, int device, int descriptor, IommufdDevice bound)
{
    public int Label { get; } = label;

    /// <summary>The device's number in the sequence.</summary>
    public int Index { get; } = device;

    public int Descriptor { get; } = descriptor;

    public IommufdDevice Device { get; } = bound;

    /// <summary>An attach succeeded and no detach came after it.</summary>
    public bool Attached { get; set; }
}
