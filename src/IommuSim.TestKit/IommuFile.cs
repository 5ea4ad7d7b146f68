using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.TestKit;

/// <summary>
/// An open file of /dev/iommu. Every method is one call of the program, and returns what the program sees: an errno, or
/// that the task died in the kernel.
/// </summary>
public sealed class IommuFile : IDisposable
{
    private readonly SimulatedKernel _kernel;
    private readonly List<BoundDevice> _bound = [];
    private bool _isClosed;

    internal IommuFile(SimulatedKernel kernel, int descriptor)
    {
        _kernel = kernel;
        Descriptor = descriptor;
    }

    /// <summary>The number of the file.</summary>
    public int Descriptor { get; }

    /// <summary>
    /// An ioctl with a struct of <c>IommuSim.Uapi</c>, whose layout must be that of the kernel's header: from 6.6 on
    /// <see cref="IoasAllocCmd"/>, of the series of 2023 those with its version in the name.
    /// </summary>
    /// <param name="argument">Gets what the kernel writes back. A size of 0 becomes that of the struct.</param>
    /// <exception cref="ArgumentException">No ioctl takes the struct.</exception>
    public SyscallResult Ioctl<T>(ref T argument)
        where T : unmanaged
    {
        var ioctl =
            StructLayoutTable.Of(typeof(T)).Ioctl
            ?? throw new ArgumentException($"no ioctl takes {typeof(T).Name}", nameof(argument));
        var bytes = MemoryMarshal.AsBytes(new Span<T>(ref argument));
        ref var size = ref MemoryMarshal.AsRef<uint>(bytes);
        if (size == 0)
            size = (uint)Unsafe.SizeOf<T>();
        return Ioctl(ioctl.Nr, bytes);
    }

    /// <summary>
    /// An ioctl by names, for programs that are put to kernels whose structs differ: a field that the kernel's struct
    /// does not have is left out.
    /// </summary>
    /// <param name="name">Its C name, such as <c>IOMMU_HWPT_ALLOC</c>.</param>
    /// <param name="fields">C names and values; all others are 0, and the size is the struct's.</param>
    /// <exception cref="ArgumentException">The kernel's table has no such ioctl.</exception>
    public IoctlAnswer Ioctl(string name, params ReadOnlySpan<(string Field, ulong Value)> fields)
    {
        var type = _kernel.StructOf(name, out var nr);
        var argument = new UserStruct(type) { ["size"] = (ulong)StructLayoutTable.Of(type).Size };
        foreach (var (field, value) in fields)
            argument[field] = value;
        return new IoctlAnswer(Ioctl(nr, argument.Bytes), argument);
    }

    /// <summary>IOMMU_IOAS_ALLOC.</summary>
    /// <param name="ioas">The id of the new IOAS; 0 where there is none.</param>
    public SyscallResult IoasAlloc(out uint ioas)
    {
        var answer = Ioctl("IOMMU_IOAS_ALLOC");
        ioas = answer.Id("out_ioas_id");
        return answer.Result;
    }

    /// <summary>IOMMU_HWPT_ALLOC.</summary>
    /// <param name="device">Whose driver makes the hwpt.</param>
    /// <param name="ptId">An IOAS, or the parent of a nested hwpt.</param>
    /// <param name="hwpt">The id of the new hwpt; 0 where there is none.</param>
    /// <param name="flags">IOMMU_HWPT_ALLOC_NEST_PARENT and so on.</param>
    /// <param name="type">IOMMU_HWPT_DATA_VTD_S1 and so on.</param>
    /// <param name="data">The driver's struct for that type.</param>
    public SyscallResult HwptAlloc(
        BoundDevice device,
        uint ptId,
        out uint hwpt,
        uint flags = 0,
        uint type = 0,
        ReadOnlySpan<byte> data = default
    )
    {
        ArgumentNullException.ThrowIfNull(device);
        var answer = Ioctl(
            "IOMMU_HWPT_ALLOC",
            ("dev_id", device.Id),
            ("pt_id", ptId),
            ("flags", flags),
            ("data_type", type),
            ("data_len", (ulong)data.Length),
            ("data_uptr", data.IsEmpty ? 0 : _kernel.Put(data))
        );
        hwpt = answer.Id("out_hwpt_id");
        return answer.Result;
    }

    /// <summary>IOMMU_IOAS_MAP of new memory of the program, readable and writable, at this address.</summary>
    /// <param name="length">In bytes, as <paramref name="iova"/>; whole pages of 4096.</param>
    public SyscallResult Map(uint ioas, ulong iova, ulong length)
    {
        const ulong FixedReadableWriteable = 7;
        return Ioctl(
            "IOMMU_IOAS_MAP",
            ("flags", FixedReadableWriteable),
            ("ioas_id", ioas),
            ("user_va", _kernel.Memory.Map(length)),
            ("iova", iova),
            ("length", length)
        ).Result;
    }

    /// <summary>IOMMU_IOAS_UNMAP.</summary>
    /// <param name="unmapped">Bytes that were unmapped.</param>
    public SyscallResult Unmap(uint ioas, ulong iova, ulong length, out ulong unmapped)
    {
        var answer = Ioctl("IOMMU_IOAS_UNMAP", ("ioas_id", ioas), ("iova", iova), ("length", length));
        unmapped = answer.Result.Succeeded ? answer["length"] : 0;
        return answer.Result;
    }

    /// <summary>IOMMU_DESTROY.</summary>
    public SyscallResult Destroy(uint id) => Ioctl("IOMMU_DESTROY", ("id", id)).Result;

    /// <summary>VFIO hands a device to the file.</summary>
    /// <param name="bound">Null where the kernel refuses.</param>
    public SyscallResult Bind(SimulatedDevice device, out BoundDevice? bound)
    {
        ArgumentNullException.ThrowIfNull(device);
        var result = _kernel.Running.Bind(_kernel.Task, Descriptor, device.Device, out var binding);
        bound = binding is null ? null : new BoundDevice(_kernel, binding);
        if (bound is not null)
            _bound.Add(bound);
        return result;
    }

    /// <summary>The same, where a test needs the device.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public BoundDevice Bind(SimulatedDevice device) =>
        Bind(device, out var bound) is { Succeeded: false } result
            ? throw new InvalidOperationException($"bind of {device.Name}: {result}")
            : bound!;

    /// <summary>Detaches and unbinds the devices of the file and closes it, if no task died in the kernel.</summary>
    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        if (_kernel.AnyoneDied)
            return;
        foreach (var device in _bound)
            device.GiveBack();
        _kernel.Running.Close(_kernel.Task, Descriptor);
    }

    private SyscallResult Ioctl(uint nr, Span<byte> argument)
    {
        if (argument.Length > (int)UserAddressSpace.PageSize)
            throw new ArgumentException($"a struct of {argument.Length} bytes", nameof(argument));
        var (task, place) = (_kernel.Task, _kernel.Place);
        _kernel.Memory.Write(place, argument);
        var result = _kernel.Running.Ioctl(task, Descriptor, IoctlNumber.Request(nr), place);
        _kernel.Memory.Read(place, argument);
        return result;
    }
}

/// <summary>What an ioctl by names returned.</summary>
/// <param name="Result">The errno.</param>
/// <param name="Argument">The struct as the kernel left it.</param>
public sealed record IoctlAnswer(SyscallResult Result, UserStruct Argument)
{
    /// <summary>A field of the struct by its C name; 0 where the kernel's struct has none.</summary>
    public ulong this[string field] => Argument.Has(field) ? Argument[field] : 0;

    /// <summary>An id that the call made; 0 where it failed.</summary>
    public uint Id(string field) => Result.Succeeded ? (uint)this[field] : 0;
}
