using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.State;
using IommuSim.Search.Schedules;
using IommuSim.Source;

namespace IommuSim.Search.Searches;

/// <summary>Tasks on a kernel of any make. One made of C has more steps than a model, and tells less of them.</summary>
internal abstract class KernelInterleaving : Interleaving
{
    public abstract IKernel Kernel { get; }

    public override KernelMachine Machine => Kernel.Machine;

    public override bool ShowsPrivateSteps => Kernel is not SourceKernel;

    public override bool TellsAll => Kernel is not SourceKernel;

    public override string Describe(object resource, string site, HeapObject? obj) =>
        Kernel is SourceKernel source ? source.DescribeStep(resource, site) : base.Describe(resource, site, obj);

    /// <summary>The set-up of a kernel made of C takes as long as the tasks; that of a model is nothing.</summary>
    public override Checkpoint? TakeCheckpoint() => Kernel is SourceKernel ? Checkpoint.Of(this) : null;

    /// <summary>A result as diagrams have it.</summary>
    protected static string ResultText(SyscallResult result) =>
        result.Killed ? "killed"
        : result.Errno == Errno.OK ? "0"
        : $"-{result.Errno}";
}
