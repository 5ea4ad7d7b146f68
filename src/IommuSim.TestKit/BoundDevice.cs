using IommuSim.Iommu.Syscalls;

namespace IommuSim.TestKit;

/// <summary>A device that is bound to a file, and what VFIO does with it.</summary>
public sealed class BoundDevice
{
    private readonly SimulatedKernel _kernel;
    private readonly IBinding _binding;
    private bool _isAttached;
    private bool _isUnbound;

    internal BoundDevice(SimulatedKernel kernel, IBinding binding)
    {
        _kernel = kernel;
        _binding = binding;
        Id = binding.Id;
    }

    /// <summary>The id that ioctls name the device by.</summary>
    public uint Id { get; }

    /// <summary>Attaches the device to an IOAS or a hwpt.</summary>
    /// <param name="pasid">A PASID of the device; 0 for the device itself.</param>
    public SyscallResult Attach(uint ptId, uint pasid = 0) => Attach(ref ptId, pasid);

    /// <summary>The same.</summary>
    /// <param name="ptId">Becomes the hwpt in use.</param>
    /// <param name="pasid">A PASID of the device; 0 for the device itself.</param>
    public SyscallResult Attach(ref uint ptId, uint pasid = 0)
    {
        var result = _kernel.Running.Attach(_kernel.Task, _binding, pasid, ref ptId);
        _isAttached |= result.Succeeded && pasid == 0;
        return result;
    }

    /// <summary>Moves what is attached to another IOAS or hwpt.</summary>
    /// <param name="pasid">A PASID of the device; 0 for the device itself.</param>
    public SyscallResult Replace(uint ptId, uint pasid = 0) => Replace(ref ptId, pasid);

    /// <summary>The same.</summary>
    /// <param name="ptId">Becomes the hwpt in use.</param>
    /// <param name="pasid">A PASID of the device; 0 for the device itself.</param>
    public SyscallResult Replace(ref uint ptId, uint pasid = 0) =>
        _kernel.Running.Replace(_kernel.Task, _binding, pasid, ref ptId);

    /// <summary>Detaches the device, or one PASID of it. VFIO does so only where something is attached.</summary>
    /// <param name="pasid">0 for the device itself.</param>
    public SyscallResult Detach(uint pasid = 0)
    {
        _isAttached &= pasid != 0;
        return _kernel.Running.Detach(_kernel.Task, _binding, pasid);
    }

    /// <summary>Takes the device from the file. VFIO does so only where nothing is attached.</summary>
    public SyscallResult Unbind()
    {
        _isUnbound = true;
        return _kernel.Running.Unbind(_kernel.Task, _binding);
    }

    internal void GiveBack()
    {
        if (_isUnbound || _binding.IsGone)
            return;
        if (_isAttached)
            Detach();
        Unbind();
    }
}
