using IommuSim.Iommu.Syscalls;
using IommuSim.Testing.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>
/// A booted kernel and a program with two mock devices on one IOAS. All checks of the machine are on: it is
/// the machine that scenarios run on.
/// </summary>
internal sealed class Workbench
{
    /// <summary>Bytes between two requests in user memory.</summary>
    private const ulong Spacing = 256;

    private ulong _next;

    /// <param name="kernel">A kernel of the tree.</param>
    /// <param name="target">A kernel with its uAPI that is measured instead; null for the kernel itself.</param>
    public Workbench(string kernel, IKernel? target = null)
    {
        Program = new UserProgram(UserProgram.NodeOf(kernel), target: target);
        _next = Program.Memory.Map(64 * Spacing);
        Ioas = Program.Ioas();
        (Stdev, Idev, Auto) = Program.MockDomain(Ioas);
        Program.MockDomain(Ioas);
        Parent = Traits.MockAllocates ? Program.Paging(Idev, Ioas) : Auto;
    }

    public UserProgram Program { get; }

    public KernelTraits Traits => Program.Traits;

    public uint Ioas { get; }

    /// <summary>The selftest's name for the first device.</summary>
    public uint Stdev { get; }

    /// <summary>The first device.</summary>
    public uint Idev { get; }

    /// <summary>The automatic hwpt that both devices are attached to.</summary>
    public uint Auto { get; }

    /// <summary>A hwpt that may be a parent, where the kernel can make one; else <see cref="Auto"/>.</summary>
    public uint Parent { get; }

    /// <summary>Puts a request where nothing overwrites it.</summary>
    public IoctlStep Step(Request request)
    {
        var address = _next;
        _next += Spacing;
        Program.Memory.Write(address, request.Bytes);
        return new IoctlStep(Program.Target, Program.Task, Program.Fd, request.Nr, address);
    }

    /// <summary>Makes an object, and destroys the id that came back.</summary>
    public Operation MakeAndDestroy(string name, Request make, string idField)
    {
        var makes = Step(make);
        var destroys = Step(Program.Destroy(0));
        var copies = new CopyIdStep(
            Program.Task,
            makes.Address + make.OffsetOf(idField),
            destroys.Address + Program.Destroy(0).OffsetOf("id")
        );
        return new Operation(name, Errno.OK, [makes, copies, destroys]);
    }
}
