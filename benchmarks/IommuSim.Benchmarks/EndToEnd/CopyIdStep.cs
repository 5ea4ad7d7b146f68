using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>What a program does between two calls: it copies an id that it was given.</summary>
public sealed class CopyIdStep(KernelTask task, ulong from, ulong to) : OperationStep
{
    public override Errno Run()
    {
        Span<byte> id = stackalloc byte[sizeof(uint)];
        return task.Memory.Read(from, id) == 0 && task.Memory.Write(to, id) == 0 ? Errno.OK : Errno.EFAULT;
    }
}
