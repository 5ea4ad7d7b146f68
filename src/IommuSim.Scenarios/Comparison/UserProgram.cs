using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// One user program with one open file and one device; a task that dies in a call is replaced.
/// </summary>
internal sealed class UserProgram
{
    private readonly IKernel _kernel;
    private readonly IommufdSpec _spec;
    private readonly UserAddressSpace _memory = new();
    private readonly int _file;
    private KernelTask _task;
    private int _deaths;

    public UserProgram(IKernel kernel, IommufdSpec spec)
    {
        _spec = spec;
        _kernel = kernel;
        _task = new KernelTask("P0", _memory);
        _kernel.Open(_task, out _file);
    }

    /// <summary>The row of the first of these requests that the kernel models, or null.</summary>
    public IoctlRow? FindIoctl(params ReadOnlySpan<string> names)
    {
        foreach (var row in _spec.Ioctls)
        {
            if (row is { Struct: not null, Handler: not null } && names.Contains(row.Name))
                return row;
        }

        return null;
    }

    /// <summary>
    /// What VFIO does when the program opens the device; the device's id, or null on failure.
    /// </summary>
    public uint? Bind(IKernelDevice device)
    {
        _kernel.Bind(_task, _file, device, out var binding);
        return binding?.Id;
    }

    /// <summary>Copies bytes into the program's memory; their address.</summary>
    public ulong Place(ReadOnlySpan<byte> bytes)
    {
        var address = _memory.Map((ulong)bytes.Length);
        _memory.Write(address, bytes);
        return address;
    }

    /// <summary>Sends the struct, and reads it back.</summary>
    public CallProbe Call(IoctlRow row, UserStruct argument)
    {
        argument.Set((ulong)argument.Bytes.Length, "size");
        var address = Place(argument.Bytes);
        var before = _kernel.Machine.Reports.Count;
        var result = _kernel.Ioctl(_task, _file, IoctlNumber.Request(row.Nr), address);
        _memory.Read(address, argument.Bytes);
        if (result.Killed)
            _task = new KernelTask($"P{++_deaths}", _memory);
        return new CallProbe(result, [.. _kernel.Machine.Reports.Skip(before)]);
    }
}
