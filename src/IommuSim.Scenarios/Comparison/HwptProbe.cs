using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Comparison;

/// <summary>
/// Asks one kernel the seed question about one driver: which types does it say it supports, and
/// which does it accept? Every question goes to a kernel of its own, so that no answer depends on
/// another.
/// </summary>
/// <param name="boot">Boots the kernel.</param>
/// <param name="spec">Its tables.</param>
/// <param name="build">Its build.</param>
/// <param name="driverName">The driver of the device.</param>
internal sealed class HwptProbe(Func<IKernel> boot, IommufdSpec spec, BuildSwitches build, string driverName)
{
    private const int HwInfoBuffer = 64;
    private const string ViommuAlloc = "IOMMU_VIOMMU_ALLOC";

    private readonly List<(string What, CallProbe Call)> _preparation = [];
    private IKernel _kernel = null!;
    private UserProgram _program = null!;
    private uint _device;

    /// <summary>Null where the kernel has no such driver.</summary>
    public HwInfoProbe? GetHwInfo()
    {
        if (!Boot())
            return null;
        var row = _program.FindIoctl("IOMMU_GET_HW_INFO", "IOMMU_DEVICE_GET_HW_INFO", "IOMMU_DEVICE_GET_INFO");
        if (row is null)
            return new HwInfoProbe(null, HasList: false, null, null);
        var place = HwptTypeList.Find(_kernel, spec, row.Struct!);
        var info = new UserStruct(row.Struct!, HwptTypeList.SizeFor(_kernel, row.Struct!))
        {
            ["dev_id"] = _device,
            ["data_len"] = HwInfoBuffer,
            ["data_ptr"] = _program.Place(new byte[HwInfoBuffer]),
        };
        var call = _program.Call(row, info);
        var list = call.Result.Succeeded ? place?.Read(info.Bytes) : null;
        return new HwInfoProbe(call, place is not null, list, place?.Lists);
    }

    /// <summary>
    /// Null where the kernel has no such driver, no HWPT_ALLOC, or no field in which to name the
    /// type.
    /// </summary>
    public AllocProbe? Allocate(ComparisonRow row)
    {
        _preparation.Clear();
        if (!Boot() || _program.FindIoctl("IOMMU_HWPT_ALLOC") is not { } alloc)
            return null;
        var request = new UserStruct(alloc.Struct!);
        if (row.Type != 0 && !request.Has("data_type"))
            return null;
        if (row.Placement == Placement.Viommu && _program.FindIoctl(ViommuAlloc) is null)
            return null;
        var table = Place(alloc, row.Placement, out var placement);
        var data = WellFormedData.For(spec, row.IsAlias ? row.AliasOf : row.Type);
        var call = Allocate(alloc, table, row.Type, data, flags: 0, out _);
        return new AllocProbe([.. _preparation], placement, call);
    }

    /// <summary>What pt_id names: what was asked for, or the nearest thing to it that can be had.</summary>
    private uint Place(IoctlRow alloc, Placement asked, out Placement had)
    {
        had = Placement.Ioas;
        var ioas = AllocateIoas();
        var parent = asked == Placement.Ioas ? 0 : AllocateParent(alloc, ioas);
        if (parent == 0)
            return ioas;
        had = Placement.Hwpt;
        var viommu = asked == Placement.Viommu ? AllocateViommu(parent) : 0;
        if (viommu == 0)
            return parent;
        had = Placement.Viommu;
        return viommu;
    }

    /// <summary>A guest's IOMMU of the first of these types that the driver has; 0 where it has none.</summary>
    private uint AllocateViommu(uint parent)
    {
        ReadOnlySpan<uint> types =
        [
            ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
            ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST,
        ];
        var row = _program.FindIoctl(ViommuAlloc)!;
        foreach (var type in types)
        {
            var argument = new UserStruct(row.Struct!)
            {
                ["type"] = type,
                ["dev_id"] = _device,
                ["hwpt_id"] = parent,
            };
            var call = _program.Call(row, argument);
            _preparation.Add(("viommu", call));
            if (call.Result.Succeeded)
                return (uint)argument["out_viommu_id"];
        }

        return 0;
    }

    /// <summary>
    /// A fresh kernel with one device, bound; false where the kernel has no such driver.
    /// </summary>
    private bool Boot()
    {
        var machine = boot();
        if (!machine.TryAddDevice(driverName, new DeviceOptions("dev0", "group0"), out var device, out _))
            return false;
        if (device is IommuDevice { IsMock: true } && !build.IommufdTest)
            return false;
        _kernel = machine;
        _program = new UserProgram(machine, spec);
        if (_program.Bind(device) is not { } id)
            return false;
        _device = id;
        return true;
    }

    private uint AllocateIoas()
    {
        var row = _program.FindIoctl("IOMMU_IOAS_ALLOC")!;
        var argument = new UserStruct(row.Struct!);
        _preparation.Add((row.Name, _program.Call(row, argument)));
        return (uint)argument["out_ioas_id"];
    }

    /// <summary>
    /// A page table that others can be nested on, tried in the way of the newest kernels first; 0
    /// where none can be had.
    /// </summary>
    private uint AllocateParent(IoctlRow row, uint ioas)
    {
        const uint Flag = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
        const uint SmmuV3 = HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3;
        if (Attempt(row, ioas, "parent with NEST_PARENT", 0, [], Flag, out var parent))
            return parent;
        var knowsStage2 = spec.Drivers.First(d => d.Name == driverName).Ops.HwptTypes.Any(t => t.Type == SmmuV3);
        var stage2 = knowsStage2 ? WellFormedData.SmmuV3Stage2() : [];
        if (knowsStage2 && Attempt(row, ioas, "stage-2 parent", SmmuV3, stage2, 0, out parent))
            return parent;
        return Attempt(row, ioas, "plain parent", 0, [], 0, out parent) ? parent : 0;
    }

    private bool Attempt(IoctlRow row, uint ioas, string what, uint type, byte[] data, uint flags, out uint id)
    {
        var call = Allocate(row, ioas, type, data, flags, out id);
        _preparation.Add((what, call));
        return call.Result.Succeeded;
    }

    private CallProbe Allocate(IoctlRow row, uint table, uint type, byte[] data, uint flags, out uint id)
    {
        var argument = new UserStruct(row.Struct!)
        {
            ["flags"] = flags,
            ["dev_id"] = _device,
            ["pt_id"] = table,
            ["data_type"] = type,
            ["data_len"] = (ulong)data.Length,
            ["data_uptr"] = data.Length == 0 ? 0 : _program.Place(data),
        };
        var call = _program.Call(row, argument);
        id = call.Result.Succeeded ? (uint)argument["out_hwpt_id"] : 0;
        return call;
    }
}

/// <summary>What GET_HW_INFO says about a device.</summary>
/// <param name="Call">Null where the kernel has no such ioctl.</param>
/// <param name="HasList">
/// Whether the kernel's struct has a field that lists hwpt types at all.
/// </param>
/// <param name="List">The field, when the call succeeded and there is one.</param>
/// <param name="Lists">
/// How user space is to read the field: whether it lists a type; null without a list.
/// </param>
internal sealed record HwInfoProbe(CallProbe? Call, bool HasList, ulong? List, Func<ulong, uint, bool>? Lists)
{
    /// <summary>
    /// Whether an obedient program would use the type; null where nothing tells it.
    /// </summary>
    public bool? Advertises(uint type) => List is { } list ? Lists!(list, type) : null;
}

/// <summary>What IOMMU_HWPT_ALLOC makes of one type.</summary>
/// <param name="Preparation">
/// The calls before it that were to make a parent, and what they were.
/// </param>
/// <param name="Placement">
/// What pt_id named in the end: the IOAS where no parent could be had, the parent where no vIOMMU could.
/// </param>
/// <param name="Call">The call itself.</param>
internal sealed record AllocProbe(
    ImmutableArray<(string What, CallProbe Call)> Preparation,
    Placement Placement,
    CallProbe Call
);

/// <summary>What came of one system call.</summary>
/// <param name="Result">What user space saw.</param>
/// <param name="Reports">What the kernel's checkers said during the call.</param>
internal sealed record CallProbe(SyscallResult Result, ImmutableArray<KernelReport> Reports);
