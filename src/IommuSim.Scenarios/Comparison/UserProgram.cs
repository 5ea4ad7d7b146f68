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
        argument["size"] = (ulong)argument.Bytes.Length;
        var address = Place(argument.Bytes);
        var before = _kernel.Machine.Reports.Count;
        var result = _kernel.Ioctl(_task, _file, IoctlNumber.Request(row.Nr), address);
        _memory.Read(address, argument.Bytes);
        if (result.Killed)
            _task = new KernelTask($"P{++_deaths}", _memory);
        return new CallProbe(result, [.. _kernel.Machine.Reports.Skip(before)]);
    }
}

/// <summary>
/// The data that a program written against a kernel's own header sends with a type: every field
/// valid, so that a refusal concerns the type and not the data.
/// </summary>
internal static class WellFormedData
{
    private const ulong FourLevelPaging = 48;

    /// <summary>Some address of a guest page table; no driver reads it before an attach.</summary>
    private const ulong GuestTable = 0x10000;

    /// <summary>A stream table entry of SMMUv3: valid, and the first stage is not used.</summary>
    private const byte BypassingEntry = 1 | (4 << 1);

    private static readonly (uint Type, Type[] Layouts)[] s_layouts =
    [
        (HwptType.IOMMU_HWPT_TYPE_VTD_S1, [typeof(HwptIntelVtd), typeof(HwptVtdS1)]),
        (HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3, [typeof(HwptArmSmmuV3), typeof(HwptArmSmmuV3Ste)]),
        (HwptType.IOMMU_HWPT_TYPE_SELFTTEST, [typeof(HwptSelftestV1)]),
        (HwptType.IOMMU_HWPT_TYPE_SELFTEST, [typeof(HwptSelftestV1), typeof(HwptSelftest67)]),
    ];

    /// <summary>The bytes for a type; none for type 0 and for an unknown type.</summary>
    public static byte[] For(IommufdSpec spec, uint type)
    {
        var size = spec
            .Drivers.SelectMany(d => d.Ops.HwptTypes)
            .Where(row => row.Type == type)
            .Select(row => row.AllocSize)
            .FirstOrDefault();
        var layouts = s_layouts.FirstOrDefault(entry => entry.Type == type).Layouts ?? [];
        var layout = layouts.FirstOrDefault(t => StructLayoutTable.Of(t).Size == size) ?? layouts.FirstOrDefault();
        return layout is null || (size != 0 && StructLayoutTable.Of(layout).Size != size)
            ? new byte[size]
            : Fill(layout).Bytes;
    }

    /// <summary>
    /// Asks SMMUv3 for a stage-2 page table, the only one of March 2023 that can be a parent.
    /// </summary>
    public static byte[] SmmuV3Stage2() =>
        new UserStruct(typeof(HwptArmSmmuV3)) { ["flags"] = SmmuV3Constants.IOMMU_SMMUV3_FLAG_S2 }.Bytes;

    private static UserStruct Fill(Type layout)
    {
        var data = new UserStruct(layout)
        {
            ["pgtbl_addr"] = GuestTable,
            ["s1ctxptr"] = GuestTable,
            ["addr_width"] = FourLevelPaging,
            ["test_config"] = SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT,
            ["iotlb"] = SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT,
        };
        if (data.Has("ste"))
            data.Bytes[0] = BypassingEntry;
        if (data.Has("test_config"))
            data["flags"] = SelftestConstants.IOMMU_TEST_FLAG_NESTED;
        return data;
    }
}
