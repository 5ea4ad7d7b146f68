using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Which devices of a C program are mock devices of IOMMU_TEST_CMD, and which are VFIO's.</summary>
public sealed class ProgramWriterTests
{
    [Fact]
    public void MockDevice_IsBoundAndMovedByTestOperations()
    {
        var text = Write("linux-7.3", [Device("a")], Bind(1, 0), Attach(2, 1), Detach(3, 1), Unbind(4, 1));
        Assert.Contains("id[0] = mock_bind(&mock[1], file[0], 2U, 0U);", text);
        Assert.Contains("id[1] = mock_attach(&mock[1], id[0]);", text);
        Assert.Contains("mock_detach(&mock[1]);", text);
        Assert.Contains("mock_unbind(&mock[1]);", text);
        Assert.Contains("if (argc != 1)", text);
        Assert.DoesNotContain("/dev/vfio", text);
    }

    [Fact]
    public void OtherDevices_AreArgumentsInTheirOrder()
    {
        var text = Write("linux-7.3", [Device("a"), Device("b", driver: "intel-vtd")], Bind(1, 0), Bind(2, 1));
        Assert.Contains("   b: a device behind intel-vtd", text);
        Assert.Contains("open(argv[1]", text);
        Assert.Contains("if (argc != 2)", text);
    }

    [Fact]
    public void MockDevicesOfOneGroup_NeedAKernelForThem()
    {
        var text = Write("linux-7.3", [Device("a"), Device("b", "a")], Bind(1, 0), Bind(2, 1));
        Assert.Contains(ProgramNeeds.Mark + ProgramNeeds.SharedGroup, text);
        Assert.Contains("#define SHARED_GROUP 1U", text);
    }

    [Fact]
    public void MockDevicesOfTheirOwnGroups_NeedAKernelForThem()
    {
        var text = Write("linux-7.3", [Device("a"), Device("b")], Bind(1, 0), Bind(2, 1));
        Assert.Contains(ProgramNeeds.Mark + ProgramNeeds.OwnGroups, text);
        Assert.DoesNotContain(ProgramNeeds.Mark, Write("linux-7.3", [Device("a")], Bind(1, 0)));
    }

    [Fact]
    public void MockDevicesOfSeveralGroups_AreMocksWhereTheyAreAlone()
    {
        DeviceDeclared[] devices = [Device("a"), Device("b", "a"), Device("c")];
        var text = Write("linux-7.3", devices, Bind(1, 0), Bind(2, 1), Bind(3, 2));
        Assert.Contains("   b: a device of a group beside which there are others, in the group of a", text);
        Assert.Contains("mock_bind(&mock[3]", text);
    }

    [Theory]
    [InlineData("nested", "wrong-type")]
    [InlineData("vdevice", "own")]
    public void SettingsThatNoFlagHas_LeaveTheDeviceToVfio(string name, string value)
    {
        var device = Device("a");
        device = device with { Options = device.Options with { Settings = device.Options.Settings.Add(name, value) } };
        Assert.Contains("   a: a device as no mock device of Linux is", Write("linux-7.3", [device], Bind(1, 0)));
    }

    [Theory]
    [InlineData("linux-7.3", true)]
    [InlineData("linux-6.12", false)]
    public void DetachBeforeAnotherCall_NeedsPasidOperations(string kernel, bool isMock)
    {
        var text = Write(kernel, [Device("a")], Bind(1, 0), Attach(2, 1), Detach(3, 1), Attach(4, 1));
        Assert.Equal(isMock, text.Contains("mock_bind(&mock[1]", StringComparison.Ordinal));
    }

    [Fact]
    public void CallAfterTheDescriptorIsClosed_IsLeftToVfio()
    {
        var close = new Call(2, CallKind.Close, "close");
        Assert.Contains("open(argv[1]", Write("linux-7.3", [Device("a")], Bind(1, 0), close, Unbind(3, 1)));
    }

    [Theory]
    [InlineData(DecisionKind.Allocation, "failslab")]
    [InlineData(DecisionKind.Copy, "fail_usercopy")]
    [InlineData(DecisionKind.FaultAttribute, "fail_iommufd")]
    public void FailureInsideOfACall_IsMadeAtEachPlace(DecisionKind kind, string attribute)
    {
        var text = Write("linux-7.3", [], Failing(kind));
        Assert.Contains($"#define FAILURE \"{attribute}\"", text);
        Assert.Contains("    START_FAILING();\n    call(file[0], \"IOMMU_IOAS_ALLOC\"", text);
        Assert.Contains("return with_failures(argc, argv);", text);
        Assert.DoesNotContain(ProgramNeeds.Mark, text);
    }

    [Fact]
    public void RefusalOfADriver_IsNothingThatARealKernelCanBeAskedFor()
    {
        var text = Write("linux-7.3", [], Failing(DecisionKind.DriverOp));
        Assert.Contains(ProgramNeeds.Mark + "a failure inside of IOMMU_IOAS_ALLOC", text);
        Assert.DoesNotContain("START_FAILING();", text);
    }

    [Fact]
    public void LastCall_IsShownWithoutIds()
    {
        var text = Write("linux-7.3", [], new Call(1, CallKind.Ioctl, "IOMMU_IOAS_ALLOC"));
        Assert.Contains("    put(m0 + 8, 4, 0);\n    show(\"IOMMU_IOAS_ALLOC\", m0, 12);", text);
    }

    private static Call Failing(DecisionKind kind) =>
        new(1, CallKind.Ioctl, "IOMMU_IOAS_ALLOC") { Injected = kind, InjectNth = 1 };

    private static string Write(string kernel, DeviceDeclared[] devices, params Call[] calls) =>
        ProgramWriter.Write(Searched.Target(kernel), new CallSequence([.. devices], [.. calls]), "title");

    private static DeviceDeclared Device(string name, string? group = null, string driver = "mock") =>
        new(driver, new DeviceOptions(name, group ?? name));

    private static Call Bind(int label, int device) => Call.Bind(label, device, file: 0);

    private static Call Attach(int label, int bound) =>
        Call.OnDevice(label, CallKind.Attach, bound, CallValue.Result(1, "idev"));

    private static Call Detach(int label, int bound) => Call.OnDevice(label, CallKind.Detach, bound);

    private static Call Unbind(int label, int bound) => Call.OnDevice(label, CallKind.Unbind, bound);
}
