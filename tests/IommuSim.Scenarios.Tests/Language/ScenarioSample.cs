namespace IommuSim.Scenarios.Tests.Language;

/// <summary>Texts the tests of this folder start from.</summary>
internal static class ScenarioSample
{
    /// <summary>One of everything the language has.</summary>
    public const string Full = """
        name: hw-info-out-of-bounds
        question: Does GET_HW_INFO read the bitmap table inside its bounds?
        why: The handler indexes the table without the check HWPT_ALLOC has, and
          entry 0 is the only one.            # continuation lines are indented
        source: [PATCH 08/12]; B4

        kernels: v1/07 v1/08 v1/09+           # NAME or NAME+
        config: CONFIG_IOMMUFD_TEST=n stack=zero gcc=O0
        choices: g:1,0                        # raw text to end of line
        device dev0: mock
        device dev1: intel-vtd group=g0 reserved=0xfee00000-0xfeefffff

        steps:
        idev = bind dev0
        ioas = IOMMU_IOAS_ALLOC
          OK out_ioas_id=2
        info = IOMMU_DEVICE_GET_HW_INFO dev_id=idev data=buffer(8)
          v1/07: OK out_data_type=0xfeedbeef
          v1/08 v1/09+: killed, report "KASAN: global-out-of-bounds in iommufd_device_get_hw_info"
          otherwise: EFAULT
        n0 = IOMMU_HWPT_ALLOC dev_id=idev pt_id=ioas data_type=0xbadbeef \
            data=iommu_hwpt_selftest{flags=1, test_config=0xbadbeef}   # a long step
          OK, reads info{test_reg=0xdeadbeef}, report "WARNING in x", report "UBSAN: y"
        IOMMU_HWPT_INVALIDATE hwpt_id=n0 entries=[iommu_x{a=1}, iommu_x{a=2}] data_len=4 flags=A|B

        """;

    private const string Headers = "name: n\nquestion: q\nwhy: w\nsource: s\n";

    /// <summary>
    /// The smallest good headers (lines 1 to 5), "steps:" on line 6, then these lines.
    /// </summary>
    public static string WithSteps(string steps) => Headers + "kernels: v1\nsteps:\n" + steps;

    /// <summary>The four text headers on lines 1 to 4, then these lines.</summary>
    public static string WithHeaders(string headers) => Headers + headers;
}
