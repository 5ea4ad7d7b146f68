using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Tests.Properties;

/// <summary>
/// Every oracle of what only kernels made of C have notices the state that it forbids. It is made by calls that the
/// oracles do not hear of.
/// </summary>
public sealed class SourceOracleTests
{
    private const ulong PageSize = UserAddressSpace.PageSize;
    private const ulong Base = 1 << 24;
    private const ulong All = ulong.MaxValue;
    private const uint Fixed = 7;

    private readonly SequenceExecutor _executor = SourceKernel.Executor();
    private int _label;
    private int _file;

    public SourceOracleTests() => Assert.True(_executor.Start([]));

    [Fact]
    public void Pin_ThatNothingElseTellsOf_IsCounted()
    {
        var (ioas, memory) = Mapped(2);
        var access = Step("IOMMU_TEST_OP_CREATE_ACCESS", ("id", ioas), ("flags", Of(1)));
        Secretly("IOMMU_TEST_OP_ACCESS_PAGES", ("id", access), ("iova", Of(Base)), ("length", Of(PageSize)));
        AssertFound(
            "I10: IOMMU_TEST_OP_MD_CHECK_REFS answers EIO, not OK: every page is pinned so many times",
            "IOMMU_TEST_OP_MD_CHECK_REFS",
            ("uptr", Of(memory)),
            ("length", Of(PageSize))
        );
    }

    /// <summary>A page that is too many comes before the place where nothing is mapped.</summary>
    [Fact]
    public void Pin_WithALimitWhereNotAllIsKnown_MayFailByEither()
    {
        Assert.True(_executor.Start([], lockedPages: 0));
        var ioas = Step("IOMMU_IOAS_ALLOC");
        var other = Step("IOMMU_IOAS_ALLOC");
        var lost = New("IOMMU_IOAS_MAP", MapFields(other, 1, fill: 1)) with
        {
            Injected = DecisionKind.Copy,
            InjectNth = 1,
        };
        Assert.Equal(Errno.EFAULT, _executor.Step(lost).Result.Errno);
        Step("IOMMU_IOAS_MAP", MapFields(ioas, 2, fill: 1));
        var access = Step("IOMMU_TEST_OP_CREATE_ACCESS", ("id", ioas), ("flags", Of(1)));

        var pin = New("IOMMU_TEST_OP_ACCESS_PAGES", ("id", access), ("iova", Of(Base)), ("length", Of(4 * PageSize)));
        var outcome = _executor.Step(pin);

        Assert.Equal((Errno.ENOMEM, null), (outcome.Result.Errno, outcome.Title));
    }

    /// <summary>A closed file that a queue holds keeps its pages pinned.</summary>
    [Fact]
    public void Pin_WithALimitAndAClosedFileThatIsHeld_MayFail()
    {
        Assert.True(_executor.Start([], lockedPages: 2));
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Step("IOMMU_IOAS_MAP", MapFields(ioas, 2, fill: 1));
        var access = Step("IOMMU_TEST_OP_CREATE_ACCESS", ("id", ioas), ("flags", Of(1)));
        var file = _file;
        _file = ++_label;
        Assert.True(_executor.Step(new Call(_file, CallKind.Open, "open")).Result.Succeeded);
        PinPages(1);
        Step("IOMMU_FAULT_QUEUE_ALLOC");
        Assert.True(_executor.Step(new Call(++_label, CallKind.Close, "close") { File = _file }).Result.Succeeded);
        _file = file;

        var pin = New("IOMMU_TEST_OP_ACCESS_PAGES", ("id", access), ("iova", Of(Base)), ("length", Of(2 * PageSize)));
        var outcome = _executor.Step(pin);

        Assert.Equal((Errno.ENOMEM, null), (outcome.Result.Errno, outcome.Title));
    }

    [Fact]
    public void Pages_ThatAreNotPinnedAnyMore_AreNotGivenBackTwice()
    {
        var (ioas, _) = Mapped(2);
        var access = Step("IOMMU_TEST_OP_CREATE_ACCESS", ("id", ioas), ("flags", Of(1)));
        var pages = Step("IOMMU_TEST_OP_ACCESS_PAGES", ("id", access), ("iova", Of(Base)), ("length", Of(PageSize)));
        var id = CallValue.Result(pages.Label, "access_pages");
        Secretly("IOMMU_TEST_OP_DESTROY_ACCESS_PAGES", ("id", access), ("access_pages_id", id));
        AssertFound(
            "I10: IOMMU_TEST_OP_DESTROY_ACCESS_PAGES answers ENOENT, not OK: it is pinned",
            "IOMMU_TEST_OP_DESTROY_ACCESS_PAGES",
            ("id", access),
            ("access_pages_id", id)
        );
    }

    [Fact]
    public void Access_OfPartsOfPages_PinsNone()
    {
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Secretly(
            "IOMMU_IOAS_MAP",
            ("ioas_id", ioas),
            ("flags", Of(Fixed)),
            ("user_va", CallValue.At(MemorySpec.Plain(PageSize))),
            ("length", Of(100)),
            ("iova", Of(Base))
        );
        AssertFound(
            "I10: IOMMU_TEST_OP_CREATE_ACCESS answers EADDRINUSE, not OK: whole pages are mapped",
            "IOMMU_TEST_OP_CREATE_ACCESS",
            ("id", ioas),
            ("flags", Of(1))
        );
    }

    [Fact]
    public void Transfer_OfOtherMemory_IsNoticed()
    {
        var (ioas, _) = Mapped(2);
        var access = Step("IOMMU_TEST_OP_CREATE_ACCESS", ("id", ioas));
        Secretly("IOMMU_IOAS_UNMAP", ("ioas_id", ioas), ("length", Of(All)));
        Secretly("IOMMU_IOAS_MAP", MapFields(ioas, 2, fill: 9));
        AssertFound(
            "I11: IOMMU_TEST_OP_ACCESS_RW does not read what is mapped",
            "IOMMU_TEST_OP_ACCESS_RW",
            ("id", access),
            ("iova", Of(Base)),
            ("length", Of(16)),
            ("uptr", CallValue.At(MemorySpec.Plain(16)))
        );
    }

    [Fact]
    public void File_InAnAreaThatIsTaken_IsNotMapped()
    {
        var (ioas, _) = Mapped(2);
        Step("IOMMU_IOAS_UNMAP", ("ioas_id", ioas), ("iova", Of(Base)), ("length", Of(2 * PageSize)));
        Secretly("IOMMU_IOAS_MAP", MapFields(ioas, 2, fill: 9));
        AssertFound(
            "I10: IOMMU_IOAS_MAP_FILE answers EEXIST, not OK: the range is free",
            "IOMMU_IOAS_MAP_FILE",
            FileFields(ioas)
        );
    }

    [Fact]
    public void MemoryOfAProcess_IsNotHandedOver()
    {
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Step("IOMMU_IOAS_MAP_FILE", FileFields(ioas));
        Secretly("IOMMU_IOAS_UNMAP", ("ioas_id", ioas), ("length", Of(All)));
        Secretly("IOMMU_IOAS_MAP", MapFields(ioas, 1, fill: 9));
        AssertFound(
            "I10: IOMMU_IOAS_CHANGE_PROCESS answers EINVAL, not OK: files alone are mapped, and nothing limits what is pinned",
            "IOMMU_IOAS_CHANGE_PROCESS"
        );
    }

    [Fact]
    public void PartOfAMapping_IsUnmappedWithItsLength()
    {
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Step("IOMMU_OPTION", ("option_id", Of(1)), ("object_id", ioas));
        Step("IOMMU_VFIO_IOAS", ("op", Of(1)), ("ioas_id", ioas));
        (string, CallValue)[] part = [("iova", Of(Base + PageSize)), ("size", Of(PageSize))];
        Step(
            "VFIO_IOMMU_MAP_DMA",
            ("flags", Of(3)),
            ("vaddr", CallValue.At(MemorySpec.Plain(4 * PageSize))),
            ("iova", Of(Base)),
            ("size", Of(4 * PageSize))
        );
        Secretly("VFIO_IOMMU_UNMAP_DMA", part);
        AssertFound("I11: VFIO_IOMMU_UNMAP_DMA returns another length than it unmapped", "VFIO_IOMMU_UNMAP_DMA", part);
    }

    [Fact]
    public void Limit_OfLockedMemory_IsKept()
    {
        Assert.True(_executor.Start([], lockedPages: 4));
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Step("IOMMU_TEST_OP_MOCK_DOMAIN", ("id", ioas));
        Step("IOMMU_IOAS_MAP", MapFields(ioas, 4, fill: 1));
        Secretly("IOMMU_IOAS_UNMAP", ("ioas_id", ioas), ("length", Of(All)));
        AssertFound(
            "I10: IOMMU_IOAS_MAP answers OK, not ENOMEM: more would be pinned than the program may",
            "IOMMU_IOAS_MAP",
            MapFields(ioas, 1, fill: 1, iova: Base + (16 * PageSize))
        );
    }

    /// <summary>It applies then: this file's pages count for the process, those of the other for the user.</summary>
    [Fact]
    public void Option_WhoseAnswerIsNotCopied_MayBeSet()
    {
        const int AnswerCopy = 3;
        Assert.True(_executor.Start([], lockedPages: 4));
        var option = New("IOMMU_OPTION", ("val64", Of(1)));
        var refused = _executor.Step(option with { Injected = DecisionKind.Copy, InjectNth = AnswerCopy });
        Assert.Equal((null, "EFAULT"), (refused.Title, $"{refused.Result}"));
        PinPages(3);
        _file = ++_label;
        Assert.True(_executor.Step(new Call(_file, CallKind.Open, "open")).Result.Succeeded);
        PinPages(3);
    }

    [Fact]
    public void PageThatWasWrittenTo_IsReported()
    {
        var hwpt = Tracked(out _);
        Write(hwpt, "IOMMU_TEST_OP_DIRTY");
        Secretly("IOMMU_HWPT_GET_DIRTY_BITMAP", BitmapFields(hwpt));
        AssertFound(
            "I11: IOMMU_HWPT_GET_DIRTY_BITMAP does not report a page that was written to",
            "IOMMU_HWPT_GET_DIRTY_BITMAP",
            BitmapFields(hwpt)
        );
    }

    [Fact]
    public void PageThatWasNotWrittenTo_IsNotReported()
    {
        var hwpt = Tracked(out _);
        Secretly("IOMMU_TEST_OP_DIRTY", WriteFields(hwpt));
        AssertFound(
            "I11: IOMMU_HWPT_GET_DIRTY_BITMAP reports a page that was not written to",
            "IOMMU_HWPT_GET_DIRTY_BITMAP",
            BitmapFields(hwpt)
        );
    }

    [Fact]
    public void Tracking_ThatIsOff_TakesNoWrites()
    {
        var hwpt = Tracked(out _);
        Secretly("IOMMU_HWPT_SET_DIRTY_TRACKING", ("hwpt_id", hwpt));
        AssertFound(
            "I10: IOMMU_TEST_OP_DIRTY answers EINVAL, not OK: the bits are there",
            "IOMMU_TEST_OP_DIRTY",
            WriteFields(hwpt)
        );
    }

    [Fact]
    public void Page_ThatStaysPinnedAfterTheLastClose_IsFound()
    {
        var (ioas, _) = Mapped(1);
        var machine = _executor.Machine;
        var access = machine.Prepare(New("IOMMU_TEST_OP_CREATE_ACCESS", ("id", ioas), ("flags", Of(1))))!;
        Assert.True(access.Issue(machine.Running, machine.Task).Succeeded);
        // Its descriptor is known to no one here, so that nobody closes it.
        var pin = New(
            "IOMMU_TEST_OP_ACCESS_PAGES",
            ("id", Of(access.FieldAfter("out_access_fd"))),
            ("iova", Of(Base)),
            ("length", Of(PageSize))
        );
        Assert.True(machine.Make(pin)!.Value.Succeeded);
        Assert.Equal("I19: a page stays pinned after the last close", _executor.Finish()?.Title);
    }

    [Fact]
    public void CallsThatAreAllTold_FindNothing()
    {
        var hwpt = Tracked(out var ioas);
        Write(hwpt, "IOMMU_TEST_OP_DIRTY");
        Step("IOMMU_HWPT_GET_DIRTY_BITMAP", [.. BitmapFields(hwpt), ("flags", Of(1))]);
        Step("IOMMU_HWPT_GET_DIRTY_BITMAP", BitmapFields(hwpt));
        Step("IOMMU_HWPT_GET_DIRTY_BITMAP", BitmapFields(hwpt));
        Step("IOMMU_IOAS_UNMAP", ("ioas_id", ioas), ("iova", Of(Base)), ("length", Of(8 * PageSize)));
        Assert.Null(_executor.Finish());
    }

    private static CallValue Of(ulong number) => CallValue.Of(number);

    private static (string, CallValue)[] MapFields(CallValue ioas, ulong pages, byte fill, ulong iova = Base) =>
        [
            ("ioas_id", ioas),
            ("flags", Of(Fixed)),
            ("user_va", CallValue.At(MemorySpec.Plain(pages * PageSize, fill))),
            ("length", Of(pages * PageSize)),
            ("iova", Of(iova)),
        ];

    private static (string, CallValue)[] FileFields(CallValue ioas) =>
        [
            ("ioas_id", ioas),
            ("flags", Of(Fixed)),
            ("fd", CallValue.At(MemorySpec.File(PageSize, 1))),
            ("length", Of(PageSize)),
            ("iova", Of(Base)),
        ];

    private static (string, CallValue)[] WriteFields(CallValue hwpt) =>
        [
            ("id", hwpt),
            ("iova", Of(Base)),
            ("length", Of(8 * PageSize)),
            ("page_size", Of(PageSize)),
            ("uptr", CallValue.At(MemorySpec.Plain(8, 2))),
        ];

    private static (string, CallValue)[] BitmapFields(CallValue hwpt) =>
        [
            ("hwpt_id", hwpt),
            ("iova", Of(Base)),
            ("length", Of(8 * PageSize)),
            ("page_size", Of(PageSize)),
            ("data", CallValue.At(MemorySpec.Plain(8))),
        ];

    private void Write(CallValue hwpt, string verb) => Step(verb, WriteFields(hwpt));

    /// <summary>An IOAS with so many pages, and where they are.</summary>
    private (CallValue Ioas, ulong Memory) Mapped(ulong pages)
    {
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Step("IOMMU_IOAS_MAP", MapFields(ioas, pages, fill: 1));
        return (ioas, _executor.Last!.FieldAfter("user_va"));
    }

    private void PinPages(ulong pages)
    {
        var ioas = Step("IOMMU_IOAS_ALLOC");
        Step("IOMMU_TEST_OP_MOCK_DOMAIN", ("id", ioas));
        Step("IOMMU_IOAS_MAP", MapFields(ioas, pages, fill: 1));
    }

    /// <summary>A hwpt that tracks eight pages that are mapped one by one.</summary>
    private CallValue Tracked(out CallValue ioas)
    {
        ioas = Step("IOMMU_IOAS_ALLOC");
        var device = Step("IOMMU_TEST_OP_MOCK_DOMAIN", ("id", ioas));
        for (ulong page = 0; page < 8; page++)
            Step("IOMMU_IOAS_MAP", MapFields(ioas, 1, fill: 1, Base + (page * PageSize)));
        Step(
            "IOMMU_HWPT_ALLOC",
            ("dev_id", CallValue.Result(device.Label, "idev")),
            ("pt_id", ioas),
            ("flags", Of(HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING))
        );
        var hwpt = CallValue.Result(_label, "hwpt");
        Step("IOMMU_HWPT_SET_DIRTY_TRACKING", ("hwpt_id", hwpt), ("flags", Of(1)));
        return hwpt;
    }

    private Call New(string verb, params (string Name, CallValue Value)[] fields) =>
        new(++_label, CallKind.Ioctl, verb)
        {
            File = _file,
            Fields = [.. fields.Select(f => new FieldSetting(f.Name, f.Value))],
        };

    /// <summary>Makes a call that succeeds and finds nothing; its first result.</summary>
    private CallValue Step(string verb, params (string Name, CallValue Value)[] fields)
    {
        var outcome = _executor.Step(New(verb, fields));
        Assert.True(outcome.Title is null && outcome.Result.Succeeded, $"{verb}: {outcome.Result} {outcome.Title}");
        return CallValue.Result(_label, verb == "IOMMU_IOAS_ALLOC" ? "ioas" : SequenceMachine.FileMember);
    }

    /// <summary>Makes a call that no oracle hears of.</summary>
    private void Secretly(string verb, params (string Name, CallValue Value)[] fields) =>
        Assert.Equal("OK", $"{_executor.Machine.Make(New(verb, fields))}");

    private void AssertFound(string title, string verb, params (string Name, CallValue Value)[] fields) =>
        Assert.Equal(title, _executor.Step(New(verb, fields)).Title);
}
