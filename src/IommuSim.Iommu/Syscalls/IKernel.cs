using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommu.Syscalls;

/// <summary>
/// Any booted kernel, as its programs and VFIO use it. Every call enters on behalf of a task and returns what that task
/// sees. A check of the objects inside tests the type of the kernel first; everything else needs this interface alone.
/// </summary>
public interface IKernel
{
    /// <summary>The machine under the kernel: reports, decisions, tasks, allocations.</summary>
    KernelMachine Machine { get; }

    /// <summary>Gives the numbers of files that ioctls create; the kernel's own by default.</summary>
    IDescriptorAllocator Descriptors { get; set; }

    /// <summary>
    /// Plugs in a device before the first call; devices of the same group name share a group. False with a sentence
    /// for a driver or an option that the kernel does not have.
    /// </summary>
    bool TryAddDevice(string driver, DeviceOptions options, out IKernelDevice device, out string error);

    /// <summary>open("/dev/iommu"): ENOMEM, or a descriptor.</summary>
    SyscallResult Open(KernelTask task, out int fd);

    /// <summary>open("/dev/vfio/vfio"), which iommufd provides too; a kernel that does not tell them apart.</summary>
    SyscallResult OpenContainer(KernelTask task, out int fd) => Open(task, out fd);

    /// <summary>
    /// close(fd): EBADF. The file lives on while something else pins it: a call in flight, a mapping, a bound device.
    /// </summary>
    SyscallResult Close(KernelTask task, int fd);

    /// <summary>ioctl(fd, request, argument): EBADF, ENOTTY, else what the ioctl returns.</summary>
    SyscallResult Ioctl(KernelTask task, int fd, uint request, ulong argument);

    /// <summary>
    /// read(fd, address, count): EBADF, EINVAL for a file that cannot be read, EFAULT, else what the file returns.
    /// <paramref name="done"/> is in bytes.
    /// </summary>
    SyscallResult Read(KernelTask task, int fd, ulong address, ulong count, out ulong done);

    /// <summary>write(fd, address, count); errors as for <see cref="Read"/>.</summary>
    SyscallResult Write(KernelTask task, int fd, ulong address, ulong count, out ulong done);

    /// <summary>
    /// poll(fd) without waiting: a set of <see cref="PollMask"/>, of which EPOLLNVAL says that nothing is open.
    /// </summary>
    SyscallResult Poll(KernelTask task, int fd, out uint mask);

    /// <summary>
    /// mmap(fd): EBADF, EINVAL for no bytes, ENODEV for a file without mmap, EINVAL for a private mapping, EPERM for an
    /// executable one, ENXIO where nothing lies at this offset with this length. Lengths and offsets are in bytes.
    /// </summary>
    SyscallResult Mmap(
        KernelTask task,
        int fd,
        ulong offset,
        ulong length,
        MmapProtection protection,
        out IMappedMemory? memory
    );

    /// <summary>
    /// How many pages of the program with this memory are pinned, and how many count as locked: VmPin and VmLck of
    /// /proc/PID/status, in pages.
    /// </summary>
    (ulong Pinned, ulong Locked) PagesOf(IUserMemory memory) => Machine.LockedMemory.PagesOf(memory);

    /// <summary>munmap of a whole mapping, or the end of the program that had it.</summary>
    SyscallResult Munmap(KernelTask task, IMappedMemory memory);

    /// <summary>
    /// VFIO hands a device to the file <paramref name="fd"/>: EBADF where that is not /dev/iommu, else what iommufd
    /// returns. <paramref name="binding"/> is null when the call fails.
    /// </summary>
    SyscallResult Bind(KernelTask task, int fd, IKernelDevice device, out IBinding? binding);

    /// <summary>
    /// Attaches the device, or one PASID of it, to the IOAS or hwpt <paramref name="ptId"/>, which returns the hwpt in
    /// use. EOPNOTSUPP for a PASID in a kernel that has no such function, else what iommufd returns.
    /// </summary>
    /// <param name="pasid">0 for the device itself.</param>
    SyscallResult Attach(KernelTask task, IBinding binding, uint pasid, ref uint ptId);

    /// <summary>Moves what is attached; parameters and errors as for <see cref="Attach"/>.</summary>
    SyscallResult Replace(KernelTask task, IBinding binding, uint pasid, ref uint ptId);

    /// <summary>Detaches the device, or one PASID of it; EOPNOTSUPP as for <see cref="Attach"/>.</summary>
    SyscallResult Detach(KernelTask task, IBinding binding, uint pasid);

    /// <summary>Ends the binding; the device must be detached.</summary>
    SyscallResult Unbind(KernelTask task, IBinding binding);
}

/// <summary>A device that was plugged into one kernel, as that kernel knows it.</summary>
public interface IKernelDevice
{
    /// <summary>As it was called when it was plugged in.</summary>
    string Name { get; }
}

/// <summary>
/// A device bound to a file of /dev/iommu. A device may have several, one after the other or at once.
/// </summary>
public interface IBinding
{
    /// <summary>The id that user space gets.</summary>
    uint Id { get; }

    /// <summary>The file was released while the device was bound; the binding is no longer valid.</summary>
    bool IsGone { get; }
}
