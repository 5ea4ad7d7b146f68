using IommuSim.Iommufd.Ioctls;
using IommuSim.Kernels;
using IommuSim.Search.Searches;
using IommuSim.Uapi;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Searches of a kernel with CONFIG_IOMMUFD_NOIOMMU.</summary>
public sealed class NoIommuSearchTests
{
    private const string Call = "IOMMU_IOAS_NOIOMMU_GET_PA";

    private static readonly KernelNode s_fixed = UserProgram.NodeOf("linux-7.3/fixed");

    [Fact]
    public void Run_FixedKernel_FindsNothingAndGetsThere()
    {
        var campaign = Run(s_fixed, 6_000);

        Assert.Empty(campaign.Findings.Select(f => f.Finding.Title));
        var row = campaign.Reach.Single(r => r.Call == Call);
        Assert.True(row.Successes > 0, "no call succeeded");
        Assert.Empty(row.NeverSeen.Intersect([Errno.EOPNOTSUPP, Errno.EOVERFLOW, Errno.ENOENT]));
    }

    [Theory]
    [InlineData(1, 0, "another place in the page")]
    [InlineData(0, 0x1000_0000, "more bytes than are asked for")]
    public void Run_WrongAnswer_IsFound(ulong place, ulong length, string title)
    {
        var wrong = new KernelNode(
            "wrong",
            s_fixed,
            "",
            "",
            spec =>
                spec.WithIoctl(
                    NoiommuGetPa.Row with
                    {
                        Handler = ucmd =>
                        {
                            var rc = NoiommuGetPa.Row.Handler!(ucmd);
                            if (rc != Errno.OK)
                                return rc;
                            ref var cmd = ref ucmd.Command<IoasNoiommuGetPaCmd>();
                            cmd.OutPhys += place;
                            cmd.Length += length;
                            return ucmd.Respond();
                        },
                    }
                )
        );

        Assert.Contains(Run(wrong, 6_000).Findings, f => f.Finding.Title.Contains(title, StringComparison.Ordinal));
    }

    private static FuzzCampaign Run(KernelNode node, int sequences)
    {
        var target = Searched.Target(node, node.Build with { IommufdNoiommu = true });
        var campaign = new FuzzCampaign(target, new FuzzOptions(1, sequences));
        campaign.Run(static _ => true);
        return campaign;
    }
}
