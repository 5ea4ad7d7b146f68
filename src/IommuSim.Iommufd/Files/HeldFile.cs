using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Files;

/// <summary>
/// A file of the kernel's own that a program asked to map: it is no memory, and is held nevertheless.
/// </summary>
internal sealed class HeldFile(IommufdKernel kernel, KernelFile file) : IUserFile
{
    public IUserMemory? Memory => null;

    public ulong Length => 0;

    /// <summary>The task gives it up when it returns to user space.</summary>
    public void Put() => kernel.PutFileLater(file);
}
