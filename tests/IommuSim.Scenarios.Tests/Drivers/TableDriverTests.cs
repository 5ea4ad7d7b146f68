using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Drivers;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Tests.Drivers;

/// <summary>A driver from a file, in the kernels of every convention.</summary>
public sealed class TableDriverTests
{
    private const string Acme =
        "{name: acme, driver_type: 7, hw_info: 0102, "
        + "types: [{type: 3, name: ACME_S1, alloc_size: 4, invalidate_size: 8}]}";

    private const string Nest = "IOMMU_HWPT_ALLOC dev_id=i pt_id=p data_type=3";

    private static readonly KernelCatalog s_catalog = KernelCatalog.Default.WithDrivers(
        DriverFile.LoadText("acme.yaml", Acme).Drivers
    );

    [Theory]
    [InlineData("linux-6.8", "IOMMU_HWPT_ALLOC_NEST_PARENT")]
    [InlineData("v4", "IOMMU_HWPT_ALLOC_NEST_PARENT")]
    [InlineData("v3", "0")]
    [InlineData("v2", "0")]
    public void Run_NestedHwpt_FollowsTheConventionOfTheKernel(string kernel, string flags) =>
        Holds(kernel, flags, $"n = {Nest} data=zeros(4)", "attach i pt_id=n", "detach i");

    [Theory]
    [InlineData("linux-6.8", "data=zeros(3)", "EINVAL")]
    [InlineData("linux-6.8", "data=zeros(5)", "EINVAL")]
    [InlineData("linux-6.8", "data=unmapped(4)", "EFAULT")]
    [InlineData("v4", "data=zeros(3)", "EINVAL")]
    [InlineData("v4", "data=unmapped(4)", "EFAULT")]
    public void Run_BadData_IsRefusedByTheDriver(string kernel, string data, string errno) =>
        Holds(kernel, "IOMMU_HWPT_ALLOC_NEST_PARENT", $"{Nest} {data}\n  {errno}");

    [Theory]
    [InlineData("linux-6.8", "EOPNOTSUPP")]
    [InlineData("v4", "EINVAL")]
    public void Run_UnknownType_IsRefusedInTheWordsOfTheKernel(string kernel, string errno) =>
        Holds(
            kernel,
            "IOMMU_HWPT_ALLOC_NEST_PARENT",
            $"IOMMU_HWPT_ALLOC dev_id=i pt_id=p data_type=9 data=zeros(4)\n  {errno}"
        );

    [Fact]
    public void Run_Invalidation_CountsAndStopsAtABadPage() =>
        Holds(
            "linux-6.8",
            "IOMMU_HWPT_ALLOC_NEST_PARENT",
            $"n = {Nest} data=zeros(4)",
            "IOMMU_HWPT_INVALIDATE hwpt_id=n data_type=3 data=zeros(16) entry_len=8 entry_num=2\n" + "  OK entry_num=2",
            "IOMMU_HWPT_INVALIDATE hwpt_id=n data_type=3 data=zeros(4096) entry_len=8 \\\n"
                + "  entry_num=600\n  EFAULT entry_num=512",
            "IOMMU_HWPT_INVALIDATE hwpt_id=n data_type=3 data=zeros(16) entry_len=9 entry_num=1\n"
                + "  EINVAL entry_num=0",
            "IOMMU_HWPT_INVALIDATE hwpt_id=n data_type=4 entry_num=0\n  EINVAL"
        );

    [Theory]
    [InlineData("base")]
    [InlineData("linux-6.6")]
    public void Run_KernelWithoutUserData_HasPagingDomainsOnly(string kernel) =>
        Holds(kernel, "0", "attach i pt_id=p", "detach i");

    [Fact]
    public void Run_HwInfo_ReturnsTheBytesOfTheFile() =>
        Holds(
            "linux-6.8",
            "0",
            "IOMMU_GET_HW_INFO dev_id=i data=buffer(2)\n" + "  OK out_data_type=7 data_len=2, reads data{u16.0=0x201}"
        );

    private static void Holds(string kernel, string flags, params string[] steps)
    {
        var text =
            $"name: n\nquestion: q\nwhy: w\nsource: s\nkernels: {kernel}\ndevice d: acme\nsteps:\n"
            + "s = IOMMU_IOAS_ALLOC\ni = bind d\n"
            + $"p = IOMMU_HWPT_ALLOC dev_id=i pt_id=s flags={flags}\n"
            + string.Join('\n', steps);
        var load = ScenarioSuite.LoadText("t.scenario", text, s_catalog);
        Assert.True(load.Errors.Count == 0, string.Concat(load.Errors));
        var node = s_catalog.Find(kernel)!;
        var run = ScenarioRunner.Run(Assert.Single(load.Scenarios), node, s_catalog);
        Assert.True(run.Holds, run.Failure);
    }
}
