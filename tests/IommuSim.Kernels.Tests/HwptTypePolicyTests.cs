using IommuSim.Machine;
using IommuSim.Testing;

namespace IommuSim.Kernels.Tests;

/// <summary>Each answer to the question of the review, by driver and type.</summary>
public sealed class HwptTypePolicyTests
{
    private const string Shift = "UBSAN: shift-out-of-bounds in iommufd_hwpt_alloc";
    private const string Global = "KASAN: global-out-of-bounds in iommufd_hwpt_alloc";

    // csharpier-ignore
    public static TheoryData<string, string, uint, bool, uint, string> Types() =>
        new()
        {
            // kernel               driver         type        supported size reports
            { "v1/06",               "mock",       0,         true,  0,  ""                   },
            { "v1/06",               "mock",       1,         false, 0,  ""                   },
            { "v1/smmuv3",           "intel-vtd",  0,         true,  0,  ""                   },
            { "v1/smmuv3",           "intel-vtd",  1,         true,  32, ""                   },
            { "v1/smmuv3",           "intel-vtd",  2,         false, 0,  ""                   },
            { "v1/smmuv3",           "intel-vtd",  31,        false, 0,  ""                   },
            { "v1/smmuv3",           "intel-vtd",  32,        true,  0,  Shift + "|" + Global },
            { "v1/smmuv3",           "intel-vtd",  34,        false, 0,  Shift                },
            { "v1/smmuv3",           "arm-smmuv3", 2,         true,  48, ""                   },
            { "v1/smmuv3",           "arm-smmuv3", 1,         false, 0,  ""                   },
            { "v1/smmuv3",           "mock",       0xbadbeef, true,  16, ""                   },
            { "v1/smmuv3",           "mock",       1,         true,  32, ""                   },
            { "v1/smmuv3",           "amd",        0,         true,  0,  ""                   },
            { "idea/bit-ull",        "intel-vtd",  0,         false, 0,  ""                   },
            { "idea/bit-ull",        "intel-vtd",  1,         true,  32, ""                   },
            { "idea/bit-ull",        "intel-vtd",  33,        true,  0,  Shift + "|" + Global },
            { "idea/bit-ull",        "arm-smmuv3", 2,         true,  48, ""                   },
            { "idea/bit-ull",        "mock",       0,         false, 0,  Shift                },
            { "idea/bit-ull",        "mock",       0xbadbeef, false, 0,  Shift + "|" + Shift  },
            { "idea/ops-hwpt-type",  "intel-vtd",  0,         true,  0,  ""                   },
            { "idea/ops-hwpt-type",  "intel-vtd",  1,         true,  32, ""                   },
            { "idea/ops-hwpt-type",  "intel-vtd",  33,        false, 0,  ""                   },
            { "idea/ops-hwpt-type",  "mock",       0xbadbeef, true,  16, ""                   },
            { "idea/ops-hwpt-type",  "mock",       1,         false, 0,  ""                   },
            { "idea/ops-hwpt-type",  "amd",        0,         true,  0,  ""                   },
            { "idea/ops-hwpt-types", "intel-vtd",  1,         true,  32, ""                   },
            { "idea/ops-hwpt-types", "intel-vtd",  2,         false, 0,  ""                   },
            { "idea/ops-hwpt-types", "intel-vtd",  33,        false, 0,  ""                   },
            { "idea/ops-hwpt-types", "intel-vtd",  65,        true,  0,  Shift + "|" + Global },
            { "idea/ops-hwpt-types", "mock",       0xbadbeef, true,  16, Shift                },
            { "idea/iommufd-data",   "intel-vtd",  0,         true,  0,  ""                   },
            { "idea/iommufd-data",   "intel-vtd",  1,         true,  32, ""                   },
            { "idea/iommufd-data",   "intel-vtd",  65,        false, 0,  ""                   },
            { "idea/iommufd-data",   "mock",       0xbadbeef, true,  16, ""                   },
            { "rfc",                 "intel-vtd",  0,         true,  0,  ""                   },
            { "rfc",                 "intel-vtd",  1,         true,  32, ""                   },
            { "rfc",                 "intel-vtd",  0xbadbeef, true,  16, ""                   },
        };

    // csharpier-ignore
    public static TheoryData<string, string, ulong, string> Lists() =>
        new()
        {
            // kernel                driver         advertised          listed of 0 1 2 63 64
            { "v1/smmuv3",           "intel-vtd",  3,              "0 1"      },
            { "v1/smmuv3",           "arm-smmuv3", 5,              "0 2"      },
            { "v1/smmuv3",           "amd",        1,              "0"        },
            { "v1/smmuv3",           "mock",       ulong.MaxValue, "0 1 2 63" },
            { "idea/bit-ull",        "intel-vtd",  2,              "1"        },
            { "idea/bit-ull",        "arm-smmuv3", 4,              "2"        },
            { "idea/ops-hwpt-type",  "intel-vtd",  1,              "0 1"      },
            { "idea/ops-hwpt-type",  "mock",       0xbadbeef,      "0"        },
            { "idea/ops-hwpt-types", "intel-vtd",  3,              "0 1"      },
            { "idea/ops-hwpt-types", "mock",       ulong.MaxValue, "0 1 2 63" },
            { "idea/iommufd-data",   "arm-smmuv3", 5,              "0 2"      },
            { "idea/iommufd-data",   "mock",       1,              "0"        },
            { "rfc",                 "intel-vtd",  3,              "0 1"      },
            { "rfc",                 "mock",       ulong.MaxValue, "0 1 2 63" },
        };

    [Theory]
    [MemberData(nameof(Types))]
    public void Supports_DriverAndType_AsTheDesignSays(
        string kernel,
        string driver,
        uint type,
        bool supported,
        uint size,
        string reports
    )
    {
        var program = new UserProgram(kernel);
        var policy = program.Kernel.HwptTypes!;
        var device = program.Bind(driver).Device;

        Assert.Equal(supported, policy.Supports(program.Machine, device, type));
        if (supported)
            Assert.Equal(size, policy.AllocSize(program.Machine, device, type));

        Assert.Equal(reports, string.Join('|', program.Titles()));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public void Advertise_Driver_ListsItsTypes(string kernel, string driver, ulong bitmap, string listed)
    {
        var program = new UserProgram(kernel);
        var policy = program.Kernel.HwptTypes!;
        var advertised = policy.Advertise(program.Machine, program.Bind(driver).Device);

        Assert.Equal(bitmap, advertised);
        uint[] asked = [0, 1, 2, 63, 64];
        Assert.Equal(listed, string.Join(' ', asked.Where(t => policy.Lists(advertised, t))));
        program.AssertNoReports();
    }

    [Fact]
    public void Advertise_BitUllOfTheMock_LandsOnBit47()
    {
        var program = new UserProgram("idea/bit-ull");
        var device = program.Bind().Device;
        Assert.Equal(1UL << 47, program.Kernel.HwptTypes!.Advertise(program.Machine, device));
        Assert.Equal(["UBSAN: shift-out-of-bounds in iommufd_device_get_hw_info"], program.Titles());
    }

    [Theory]
    [InlineData("rfc", 5u, true)]
    [InlineData("rfc", 0xbadbeefu, true)]
    [InlineData("v1/07", 0xbadbeefu, false)]
    [InlineData("v1/09", 0xbadbeefu, false)]
    [InlineData("v1/12", 0xbadbeefu, true)]
    [InlineData("v1/12", 1u, false)]
    [InlineData("v1/vtd", 1u, true)]
    [InlineData("v1/vtd", 2u, false)]
    [InlineData("v1/smmuv3", 2u, true)]
    public void KnowsInvalidateType_BoundOfTheTable(string kernel, uint type, bool known)
    {
        var program = new UserProgram(kernel);
        Assert.Equal(known, program.Kernel.HwptTypes!.KnowsInvalidateType(program.Machine, type));
        program.AssertNoReports();
    }

    [Fact]
    public void InvalidateSize_WithoutSelftest_IsNeverSetAtPatch12()
    {
        var program = new UserProgram("v1/smmuv3", new BuildSwitches(IommufdTest: false));
        program.Kernel.HwptTypes!.InvalidateSize(program.Machine, 0xbadbeef);
        Assert.Equal(["KMSAN: uninit-value in iommufd_hwpt_invalidate"], program.Titles());
    }

    [Fact]
    public void InvalidateSize_RfcTypePastTheTable_ReadsOutOfBounds()
    {
        var program = new UserProgram("rfc");
        program.Kernel.HwptTypes!.InvalidateSize(program.Machine, 5);
        Assert.Equal(["KASAN: global-out-of-bounds in iommufd_hwpt_invalidate"], program.Titles());
    }
}
