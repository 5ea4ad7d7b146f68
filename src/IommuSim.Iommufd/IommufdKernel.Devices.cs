using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Devices as <see cref="IKernel"/> has them, and what VFIO calls for a task.</summary>
internal sealed partial class IommufdKernel
{
    public bool TryAddDevice(string driver, DeviceOptions options, out IKernelDevice device, out string error)
    {
        device = null!;
        error = "";
        if (FindDriver(driver) is not { } spec)
            error = $"there is no driver '{driver}'";
        else if (options.Settings.Keys.FirstOrDefault(key => spec.Options.All(o => o.Name != key)) is { } missing)
            error = $"a device of '{driver}' has no option '{missing}'";
        else if (spec.Ops.IsNoIommu && !Machine.Build.IommufdNoiommu)
            error = $"a device of '{driver}' needs a kernel with CONFIG_IOMMUFD_NOIOMMU=y";
        else if (spec.Ops.IsNoIommu && (options.Group != options.Name || options.Reserved.Length > 0))
            error = $"a device of '{driver}' has no group and reserves nothing; leave out group= and reserved=";
        else
            device = AddDevice(spec, options);
        return device is not null;
    }

    public SyscallResult Bind(KernelTask task, int fd, IKernelDevice device, out IBinding? binding)
    {
        binding = null;
        if (FileOf(fd) is not { } context)
            return SyscallResult.Of(Errno.EBADF);
        IommufdDevice? made = null;
        var result = Run(
            task,
            "bind",
            (Context: context, Device: (IommuDevice)device),
            call => DeviceBind.Bind(call.Context, call.Device, out made)
        );
        if (result.Succeeded)
            binding = made;
        return result;
    }

    public SyscallResult Attach(KernelTask task, IBinding binding, uint pasid, ref uint ptId) =>
        Change(task, (IommufdDevice)binding, pasid, ref ptId, "attach", DeviceAttach.Attach);

    public SyscallResult Replace(KernelTask task, IBinding binding, uint pasid, ref uint ptId) =>
        Change(task, (IommufdDevice)binding, pasid, ref ptId, "replace", DeviceAttach.Replace);

    public SyscallResult Detach(KernelTask task, IBinding binding, uint pasid) =>
        Run(
            task,
            "detach",
            (Device: (IommufdDevice)binding, Pasid: pasid),
            static call =>
            {
                if (!HasPasid(call.Device, call.Pasid))
                    return Errno.EOPNOTSUPP;
                DeviceAttach.Detach(call.Device, call.Pasid);
                return Errno.OK;
            }
        );

    public SyscallResult Unbind(KernelTask task, IBinding binding) =>
        Run(
            task,
            "unbind",
            (IommufdDevice)binding,
            static device =>
            {
                DeviceBind.Unbind(device);
                return Errno.OK;
            }
        );

    private SyscallResult Change(
        KernelTask task,
        IommufdDevice device,
        uint pasid,
        ref uint ptId,
        string call,
        ChangeAttachmentOp change
    )
    {
        Machine.Enter(task, call);
        try
        {
            var rc = HasPasid(device, pasid) ? change(device, pasid, ref ptId) : Errno.EOPNOTSUPP;
            Machine.Leave();
            return SyscallResult.Of(rc);
        }
        catch (TaskDiedException)
        {
            Machine.Bury();
            return SyscallResult.Died;
        }
    }

    private static bool HasPasid(IommufdDevice device, uint pasid) =>
        pasid == DeviceAttach.NoPasid || device.Context.Kernel.Spec.Attach.Domains.HasHandles;

    private delegate Errno ChangeAttachmentOp(IommufdDevice idev, uint pasid, ref uint ptId);
}
