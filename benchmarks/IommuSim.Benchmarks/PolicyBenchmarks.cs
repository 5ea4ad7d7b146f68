using BenchmarkDotNet.Attributes;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels;

namespace IommuSim.Benchmarks;

/// <summary>
/// The seed question's hot path alone: "does this driver support this type?" as each design answers it in
/// the machine, with all checks on.
/// </summary>
[MemoryDiagnoser]
public class PolicyBenchmarks
{
    private const uint VtdStageOne = 1;

    private IommufdKernel _kernel = null!;
    private IommuDevice _device = null!;

    /// <summary>The array of patch 08, with VT-d and SMMUv3 in it, and the review's ideas.</summary>
    [Params("v1/smmuv3", "idea/bit-ull", "idea/ops-hwpt-type", "idea/ops-hwpt-types", "idea/iommufd-data")]
    public string Design { get; set; } = "";

    [GlobalSetup]
    public void Boot()
    {
        _kernel = KernelTree.Find(Design)!.Boot();
        _device = _kernel.AddDevice(_kernel.FindDriver("intel-vtd")!, new DeviceOptions("dev0", "group0"));
    }

    [Benchmark]
    public bool Supports() => _kernel.HwptTypes!.Supports(_kernel.Machine, _device, VtdStageOne);

    [Benchmark]
    public ulong Advertise() => _kernel.HwptTypes!.Advertise(_kernel.Machine, _device);
}
