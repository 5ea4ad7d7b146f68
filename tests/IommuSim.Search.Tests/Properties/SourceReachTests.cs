using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>What only kernels made of C have is drawn far enough to test what comes after it.</summary>
public sealed class SourceReachTests
{
    private const int Sequences = 6000;

    /// <summary>In percent.</summary>
    private const double Least = 15;

    private const int LeastCalls = 100;

    /// <summary>All but NOIOMMU_GET_PA, for which there is no device.</summary>
    private static readonly string[] s_calls =
    [
        "IOMMU_HWPT_GET_DIRTY_BITMAP",
        "IOMMU_IOAS_CHANGE_PROCESS",
        "IOMMU_IOAS_MAP_FILE",
        "IOMMU_TEST_OP_ACCESS_PAGES",
        "IOMMU_TEST_OP_ACCESS_REPLACE_IOAS",
        "IOMMU_TEST_OP_ACCESS_RW",
        "IOMMU_TEST_OP_CREATE_ACCESS",
        "IOMMU_TEST_OP_DESTROY_ACCESS_PAGES",
        "IOMMU_TEST_OP_DIRTY",
        "IOMMU_TEST_OP_DMABUF_GET",
        "IOMMU_TEST_OP_DMABUF_REVOKE",
        "IOMMU_TEST_OP_MD_CHECK_REFS",
        "IOMMU_VFIO_IOAS",
        "VFIO_IOMMU_GET_INFO",
        "VFIO_IOMMU_MAP_DMA",
        "VFIO_IOMMU_UNMAP_DMA",
    ];

    [Fact]
    public void Run_EveryCallThatNoModelHas_IsMadeAndSucceedsOften()
    {
        var campaign = new FuzzCampaign(SourceKernel.Target(), new FuzzOptions(1, Sequences));
        campaign.Run(static _ => true);
        var rows = campaign.Reach.Where(r => s_calls.Contains(r.Call)).ToList();
        Assert.Equal(s_calls, rows.Select(r => r.Call));
        var rare = rows.Where(r => r.SuccessPercent < Least || r.Calls < LeastCalls);
        Assert.Empty(rare.Select(r => $"{r.Call}: {r.SuccessPercent:0.0} % of {r.Calls}"));
    }
}
