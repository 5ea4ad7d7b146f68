using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source;

/// <summary>mmap on a file: a struct vm_area_struct for the C, and its pages for the program.</summary>
internal sealed partial class SourceKernel
{
    private const string Vma = "vm_area_struct";

    /// <summary>C's VM_READ, VM_WRITE, VM_EXEC, VM_SHARED and VM_MAYSHARE.</summary>
    private const ulong VmRead = 0x1;

    private const ulong VmWrite = 0x2;
    private const ulong VmExec = 0x4;
    private const ulong VmShared = 0x88;

    /// <summary>
    /// Where the C believes that a program has the mapping: somewhere in user space, on no other page.
    /// </summary>
    private const ulong SomeAddress = 0x7000_0000_0000;

    private readonly HashSet<SourceMapping> _mappings = [];

    // Models mm/mmap.c:do_mmap() and mmap_region(), v7.3.
    public SyscallResult Mmap(
        KernelTask task,
        int fd,
        ulong offset,
        ulong length,
        MmapProtection protection,
        out IMappedMemory? memory
    )
    {
        SourceMapping? made = null;
        var result = WithFile(
            task,
            "mmap",
            fd,
            (cpu, file) =>
            {
                if (length == 0)
                    return -(long)Errno.EINVAL;
                var mmap = Files.Operation(cpu, file, "mmap");
                if (mmap == 0)
                    return -(long)Errno.ENODEV;
                var vma = CreateVma(cpu, file, offset, length, protection);
                var rc = (int)cpu.Call(mmap, file, vma);
                if (rc == 0)
                    made = Keep(cpu, file, vma, offset, length);
                else
                    _source.Heap.Free(cpu, vma);
                return rc;
            }
        );
        memory = made;
        return result;
    }

    // Models mm/vma.c:remove_vma(), v7.3.
    public SyscallResult Munmap(KernelTask task, IMappedMemory memory)
    {
        var mapping = (SourceMapping)memory;
        var result = Run(
            task,
            "munmap",
            cpu =>
            {
                _mappings.Remove(mapping);
                var operations = cpu.Load(mapping.Vma, Vma, "vm_ops");
                var close = operations == 0 ? 0 : cpu.Load(operations, "vm_operations_struct", "close");
                if (close != 0)
                    cpu.Call(close, mapping.Vma);
                _source.Provided.UserMappings.Remove(mapping.Vma);
                _source.Heap.Free(cpu, mapping.Vma);
                Files.Put(cpu, mapping.File);
                return 0;
            }
        );
        ReportLeaks();
        return result;
    }

    private ulong CreateVma(Cpu cpu, ulong file, ulong offset, ulong length, MmapProtection protection)
    {
        var vma = _source.Heap.AllocateSurely(cpu, Image.SizeOf(Vma), isZeroed: true);
        var flags =
            VmRead
            | VmWrite
            | (protection.HasFlag(MmapProtection.Execute) ? VmExec : 0)
            | (protection.HasFlag(MmapProtection.Shared) ? VmShared : 0);
        cpu.Store(vma, Vma, "vm_start", SomeAddress);
        cpu.Store(vma, Vma, "vm_end", SomeAddress + length);
        cpu.Store(vma, Vma, "vm_pgoff", offset / MemoryMap.PageSize);
        cpu.Store(vma, Vma, "vm_flags", flags);
        cpu.Store(vma, Vma, "vm_file", file);
        return vma;
    }

    private SourceMapping Keep(Cpu cpu, ulong file, ulong vma, ulong offset, ulong length)
    {
        Files.Get(cpu, file);
        var physical = _source.Provided.UserMappings.Find(vma);
        var mapping = new SourceMapping(_source.Memory, file, vma, offset, MemoryMap.Physical + physical, length);
        _mappings.Add(mapping);
        return mapping;
    }

    private sealed class SourceMapping(
        KernelMemory kernel,
        ulong file,
        ulong vma,
        ulong offset,
        ulong address,
        ulong length
    ) : IMappedMemory
    {
        public ulong File { get; } = file;

        public ulong Vma { get; } = vma;

        public ulong Offset { get; } = offset;

        /// <summary>Good until the kernel's memory grows: ask again for each use.</summary>
        public Memory<byte> Memory => kernel.MemoryAt(address, length);
    }
}
