using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Source.Devices;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;

namespace IommuSim.Source;

/// <summary>Devices of a scenario, and what VFIO calls for a task: the functions that the C exports for it.</summary>
internal sealed partial class SourceKernel
{
    public bool TryAddDevice(string driver, DeviceOptions options, out IKernelDevice device, out string error)
    {
        device = null!;
        error = DeviceWords.Refuse(Image, driver, options) ?? "";
        if (error.Length != 0)
            return false;
        Machine.Decisions.Suspended = true;
        var cpu = _source.Running;
        var made = MockDevices.Create(cpu, options);
        _source.Provided.Deferred.RunAll(cpu);
        Machine.Decisions.Suspended = false;
        foreach (var block in Machine.Heap.LiveOf<HeapBlock>())
            block.IsOfDevice = true;
        if (made is null)
        {
            error = $"this kernel's IOMMU core refused the device '{options.Name}'";
            return false;
        }

        device = made;
        return true;
    }

    public SyscallResult Bind(KernelTask task, int fd, IKernelDevice device, out IBinding? binding)
    {
        SourceBinding? made = null;
        var result = Run(
            task,
            "bind",
            cpu =>
            {
                if (!Files.TryGet(cpu, fd, out var file))
                    return -(long)Errno.EBADF;
                var rc = Bind(cpu, file, ((ScenarioDevice)device).Address, out made);
                Files.Put(cpu, file);
                return rc;
            }
        );
        binding = made;
        return result;
    }

    public SyscallResult Attach(KernelTask task, IBinding binding, uint pasid, ref uint ptId) =>
        Change(task, (SourceBinding)binding, pasid, ref ptId, "attach", "iommufd_device_attach");

    public SyscallResult Replace(KernelTask task, IBinding binding, uint pasid, ref uint ptId) =>
        Change(task, (SourceBinding)binding, pasid, ref ptId, "replace", "iommufd_device_replace");

    public SyscallResult Detach(KernelTask task, IBinding binding, uint pasid) =>
        Run(
            task,
            "detach",
            cpu =>
            {
                var device = ((SourceBinding)binding).Address;
                if (HasPasids)
                    cpu.Call("iommufd_device_detach", device, pasid);
                else if (pasid != 0)
                    return -(long)Errno.EOPNOTSUPP;
                else
                    cpu.Call("iommufd_device_detach", device);
                return 0;
            }
        );

    public SyscallResult Unbind(KernelTask task, IBinding binding)
    {
        var result = Run(
            task,
            "unbind",
            cpu =>
            {
                cpu.Call("iommufd_device_unbind", ((SourceBinding)binding).Address);
                return 0;
            }
        );
        ReportLeaks();
        return result;
    }

    /// <summary>Whether devices are attached by PASID too: the C's functions have one parameter more then.</summary>
    private bool HasPasids => Image.HasMember("iommufd_group", "pasid_attach");

    private long Bind(Cpu cpu, ulong file, ulong device, out SourceBinding? binding)
    {
        binding = null;
        var context = cpu.Call("iommufd_ctx_from_file", file);
        if (CStructs.IsError(context))
            return -(long)Errno.EBADF;
        var id = _source.Heap.AllocateSurely(cpu, sizeof(uint), isZeroed: true);
        var bound = cpu.Call("iommufd_device_bind", context, device, id);
        if (!CStructs.IsError(bound))
        {
            var owner = _source.Heap.FindLive(context) ?? _source.Heap.Find(context)!;
            binding = new SourceBinding(bound, (uint)cpu.Memory.Load32(id, cpu.Site), owner);
        }

        _source.Heap.Free(cpu, id);
        cpu.Call("iommufd_ctx_put", context);
        return CStructs.IsError(bound) ? (long)bound : 0;
    }

    private SyscallResult Change(
        KernelTask task,
        SourceBinding binding,
        uint pasid,
        ref uint ptId,
        string call,
        string function
    )
    {
        var id = ptId;
        var result = Run(
            task,
            call,
            cpu =>
            {
                if (!HasPasids && pasid != 0)
                    return -(long)Errno.EOPNOTSUPP;
                var at = _source.Heap.AllocateSurely(cpu, sizeof(uint), isZeroed: true);
                cpu.Memory.Store32(at, (int)id, cpu.Site);
                var rc = (int)(
                    HasPasids ? cpu.Call(function, binding.Address, pasid, at) : cpu.Call(function, binding.Address, at)
                );
                id = (uint)cpu.Memory.Load32(at, cpu.Site);
                _source.Heap.Free(cpu, at);
                return rc;
            }
        );
        ptId = id;
        return result;
    }

    /// <param name="address">Of the struct iommufd_device.</param>
    /// <param name="id">The id that user space gets.</param>
    /// <param name="context">The block of the context that it is bound to.</param>
    private sealed class SourceBinding(ulong address, uint id, HeapBlock context) : IBinding
    {
        public ulong Address { get; } = address;

        public uint Id { get; } = id;

        public bool IsGone => context.Freed;
    }
}
