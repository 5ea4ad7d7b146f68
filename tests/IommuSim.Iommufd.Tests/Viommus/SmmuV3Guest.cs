using IommuSim.Drivers.ArmSmmuV3;
using IommuSim.Iommufd.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Viommus;

/// <summary>A VMM on linux-7.3 with a device behind an SMMUv3, and what its guest needs.</summary>
internal sealed class SmmuV3Guest
{
    private const uint Parents = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;

    /// <summary>A valid entry whose configuration translates.</summary>
    public const ulong Translate = 1 | (5 << 1);

    private readonly List<IommufdDevice> _bound = [];
    private uint _parent;
    private uint _viommu;

    public SmmuV3Guest(string settings = "", bool isFixed = false)
    {
        Program = new UserProgram(isFixed ? "linux-7.3/fixed" : "linux-7.3");
        Ioas = Program.Ioas();
        Device = Bind(settings);
    }

    public UserProgram Program { get; }

    public uint Ioas { get; }

    public IommufdDevice Device { get; }

    public SmmuV3Master Master => (SmmuV3Master)Device.Device;

    public uint Parent => _parent == 0 ? _parent = Program.Must(Hwpt(Parents), "out_hwpt_id") : _parent;

    public uint ViommuId => _viommu == 0 ? _viommu = Program.Must(ViommuAlloc(), "out_viommu_id") : _viommu;

    public Viommu Viommu => (Viommu)Program.Context.Objects.Find(ViommuId)!;

    public SmmuV3Unit Smmu => SmmuV3Unit.Of(Master.Iommu);

    /// <summary>Another device of the machine.</summary>
    public IommufdDevice Bind(string settings, string driver = "arm-smmuv3")
    {
        var parsed = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('='));
        var device = Program.Bind(driver, settings: [.. parsed.Select(s => (s[0], s[1]))]);
        _bound.Add(device);
        return device;
    }

    /// <summary>Ends a test of devices that are attached to nothing.</summary>
    public void Finish()
    {
        foreach (var device in _bound)
            Program.Unbind(device);
        Program.Finish();
    }

    public Request Hwpt(uint flags) => Program.HwptAlloc(Device.Id, Ioas, flags);

    public Request ViommuAlloc(uint type = ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3) =>
        Program.ViommuAlloc(Device.Id, Parent).With("type", type);

    /// <summary>A vIOMMU with command queues, whose answer lands at the program's data.</summary>
    public Request WithQueues() =>
        ViommuAlloc(ViommuConstants.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV)
            .With("data_len", 16)
            .With("data_uptr", Program.Put(default(ViommuTegra241Cmdqv)));

    public Request Vdevice(ulong number) => Program.VdeviceAlloc(ViommuId, Device.Id, number);

    public Request Nested(ulong first, ulong second = 0)
    {
        HwptArmSmmuV3Ste data = default;
        (data.Ste[0], data.Ste[1]) = (first, second);
        return Program
            .HwptAlloc(Device.Id, ViommuId)
            .With("data_type", HwptType.IOMMU_HWPT_DATA_ARM_SMMUV3)
            .With("data_len", 16)
            .With("data_uptr", Program.Put(data));
    }

    public uint NestedId(ulong first) => Program.Must(Nested(first), "out_hwpt_id");

    /// <summary>Invalidates by commands of two words each.</summary>
    public Request Invalidate(params ulong[] words)
    {
        var address = Program.Memory.Map(Math.Max(1, (ulong)words.Length * sizeof(ulong)));
        for (var i = 0; i < words.Length; i++)
            Program.Memory.Write(address + ((ulong)i * sizeof(ulong)), BitConverter.GetBytes(words[i]));
        return Program
            .New("HWPT_INVALIDATE")
            .With("hwpt_id", ViommuId)
            .With("data_type", ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3)
            .With("data_uptr", address)
            .With("entry_len", 16)
            .With("entry_num", (ulong)words.Length / 2);
    }
}
