using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

public sealed class ScenarioParserTests
{
    private readonly Scenario _full = Parsed.Good(ScenarioSample.Full);

    [Fact]
    public void Parse_FullFile_ReadsTheTexts()
    {
        Assert.Equal("hw-info-out-of-bounds", _full.Name.Text);
        Assert.Equal("Does GET_HW_INFO read the bitmap table inside its bounds?", _full.Question.Text);
        Assert.Equal(
            "The handler indexes the table without the check HWPT_ALLOC has, and " + "entry 0 is the only one.",
            _full.Why.Text
        );
        Assert.Equal("[PATCH 08/12]; B4", _full.Source.Text);
        Assert.Equal("g:1,0", _full.Choices?.Text);
        Assert.Equal(new SourceSpan(1, 7, 21), _full.Name.Span);
    }

    [Fact]
    public void Parse_FullFile_ReadsKernelsAndConfig()
    {
        Assert.Equal(
            [
                new KernelSelector("v1/07", false, new SourceSpan(7, 10, 5)),
                new KernelSelector("v1/08", false, new SourceSpan(7, 16, 5)),
                new KernelSelector("v1/09", true, new SourceSpan(7, 22, 6)),
            ],
            _full.Kernels
        );
        Words.Equal(
            ["CONFIG_IOMMUFD_TEST: Word n", "stack: Word zero", "gcc: Word O0"],
            _full.Config.Select(s => $"{s.Key}: {ValueText.Of(s.Value)}")
        );
        Assert.Equal(new SourceSpan(8, 31, 10), _full.Config[1].Span);
    }

    [Fact]
    public void Parse_FullFile_ReadsDevices()
    {
        Words.Equal(["dev0", "dev1"], _full.Devices.Select(d => d.Name.Text));
        Words.Equal(["mock", "intel-vtd"], _full.Devices.Select(d => d.Driver.Text));
        Assert.Empty(_full.Devices[0].Settings);
        Words.Equal(
            ["group: Word g0", "reserved: Range fee00000 feefffff"],
            _full.Devices[1].Settings.Select(s => $"{s.Key}: {ValueText.Of(s.Value)}")
        );
        Assert.Equal(new SourceSpan(11, 1, 62), _full.Devices[1].Span);
    }

    [Fact]
    public void Parse_FullFile_ReadsSteps()
    {
        string[] steps =
        [
            "idev = bind(Word dev0)",
            "ioas = IOMMU_IOAS_ALLOC()",
            "info = IOMMU_DEVICE_GET_HW_INFO(dev_id=Word idev; data=Call buffer (Plain 8))",
            "n0 = IOMMU_HWPT_ALLOC(dev_id=Word idev; pt_id=Word ioas; data_type=Plain badbeef; "
                + "data=Struct iommu_hwpt_selftest (flags: Plain 1, test_config: Plain badbeef))",
            " = IOMMU_HWPT_INVALIDATE(hwpt_id=Word n0; "
                + "entries=List (Struct iommu_x (a: Plain 1), Struct iommu_x (a: Plain 2)); "
                + "data_len=Plain 4; flags=Flags (Word A, Word B))",
        ];
        Words.Equal(steps, _full.Steps.Select(Describe));
        Assert.Equal([0, 1, 3, 1, 0], _full.Steps.Select(s => s.Outcomes.Count));
    }

    [Fact]
    public void Parse_FullFile_ReadsOutcomes()
    {
        IReadOnlyList<Outcome> info = _full.Steps[2].Outcomes;
        Words.Equal(["v1/07", "v1/08 v1/09+", ""], info.Select(o => string.Join(' ', o.Selectors)));
        Assert.Equal([false, false, true], info.Select(o => o.IsOtherwise));
        Assert.Equal([OutcomeKind.Ok, OutcomeKind.Killed, OutcomeKind.Errno], info.Select(o => o.Kind));
        Assert.Equal("EFAULT", info[2].Result.Text);
        Assert.Equal(new SourceSpan(20, 14, 6), info[2].Result.Span);
        Assert.Equal("KASAN: global-out-of-bounds in iommufd_device_get_hw_info", Assert.Single(info[1].Reports).Text);

        Outcome alloc = Assert.Single(_full.Steps[3].Outcomes);
        Words.Equal(["WARNING in x", "UBSAN: y"], alloc.Reports.Select(r => r.Text));
        MemoryExpectation memory = Assert.Single(alloc.Memory);
        Assert.Equal("info", memory.Name.Text);
        Assert.Equal("test_reg", Assert.Single(memory.Fields).Name.Text);
        Assert.Equal(new SourceSpan(23, 13, 25), memory.Span);
    }

    [Fact]
    public void Parse_ContinuedStep_KeepsThePlacesOfBothLines()
    {
        Step step = _full.Steps[3];
        Assert.Equal(new SourceSpan(21, 1, 64), step.Span);
        Assert.Equal(new SourceSpan(22, 5, 56), step.Arguments[3].Span);
    }

    [Fact]
    public void Parse_LineEndsOfOtherSystems_ReadsTheSame()
    {
        Scenario dos = Parsed.Good('\uFEFF' + ScenarioSample.Full.Replace("\n", "\r\n"));
        Scenario mac = Parsed.Good(ScenarioSample.Full.Replace('\n', '\r'));
        Words.Equal(_full.Steps.Select(Describe), dos.Steps.Select(Describe));
        Words.Equal(_full.Steps.Select(Describe), mac.Steps.Select(Describe));
        Assert.Equal(_full.Name, dos.Name);
    }

    [Fact]
    public void Parse_HeadersInAnyOrder_AreRead()
    {
        Scenario scenario = Parsed.Good("device d: mock\nkernels: a\n  b+\nsource: s\nwhy: w\nquestion: q\nname :n\n");
        Assert.Equal("n", scenario.Name.Text);
        Words.Equal(["a", "b+"], scenario.Kernels.Select(k => k.ToString()));
        Assert.Empty(scenario.Steps);
        Assert.Null(scenario.Choices);
    }

    [Fact]
    public void Parse_CommentsAndEmptyLines_MeanNothing()
    {
        Scenario scenario = Parsed.Good(
            "# first\n\nname: n # c\n  # between\n\n  more\n"
                + "question: q\nwhy: w\nsource: s\nkernels: k# c\nsteps: # c\n\n"
                + "bind d # c\n\n   # c\n  OK, report \"a # b\" # c"
        );
        Assert.Equal("n more", scenario.Name.Text);
        Outcome outcome = Assert.Single(Assert.Single(scenario.Steps).Outcomes);
        Assert.Equal("a # b", Assert.Single(outcome.Reports).Text);
    }

    [Fact]
    public void Parse_TabsInALine_CountAsOneColumn()
    {
        Step step = Parsed.Step("bind\tdev0\t\tx=1");
        Assert.Equal(new SourceSpan(7, 6, 4), step.Arguments[0].Span);
        Assert.Equal(new SourceSpan(7, 12, 3), step.Arguments[1].Span);
    }

    [Fact]
    public void Parse_BlanksAroundSigns_AreFree()
    {
        Step step = Parsed.Step("r=run 1 a = x { b = 1 , c=[ ] } f = A | 2");
        Assert.Equal(
            "r = run(Plain 1; a=Struct x (b: Plain 1, c: List ()); f=Flags (Word A, Plain 2))",
            Describe(step)
        );
    }

    private static string Describe(Step step) =>
        $"{step.Result} = {step.Verb}(" + string.Join("; ", step.Arguments.Select(Describe)) + ")";

    private static string Describe(Argument argument) =>
        (argument.Name is null ? "" : argument.Name + "=") + ValueText.Of(argument.Value);
}
