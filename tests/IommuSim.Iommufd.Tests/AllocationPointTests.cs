using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>
/// Where binding, attaching and replacing allocate, in the order of the kernel; each point fails in turn.
/// </summary>
public sealed class AllocationPointTests
{
    private const string Kernel = "linux-7.3";
    private const string Attach = "xa_cmpxchg iommufd_hw_pagetable_attach xa_insert";
    private const string Handle = "iommufd_hwpt_attach_device xa_insert";
    private const string Msi = "iopt_reserve_iova";
    private const string Batch = "domain_qi_batch_alloc";
    private const string Tag = "cache_tag_assign";
    private const string Vtd = $"domain_attach_iommu {Batch} {Tag}";

    [Theory]
    [InlineData("linux-6.8", "iommufd_get_group iommufd_device_bind xa_alloc")]
    [InlineData("linux-6.12", "iommufd_get_group iommufd_device_bind xa_alloc")]
    [InlineData(Kernel, "iommufd_device_bind xa_alloc iommufd_get_group")]
    public void Bind_NthAllocationFails_NothingIsLeftBehind(string kernel, string points)
    {
        AssertPoints(
            kernel,
            points,
            program => AddMock(program),
            (program, device) => program.Run(() => DeviceBind.Bind(program.Context, device, out _)).Errno
        );
    }

    [Theory]
    [InlineData("linux-6.8", Errno.EINVAL)]
    [InlineData("linux-6.12", Errno.EINVAL)]
    [InlineData(Kernel, Errno.ENOMEM)]
    public void Bind_IncoherentWithoutMemory_EarlierWins(string kernel, Errno expected)
    {
        var program = new UserProgram(kernel);
        var device = AddMock(program, ("coherent", "no"));
        var before = KernelState.Of(program);
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);

        var result = program.Run(() => DeviceBind.Bind(program.Context, device, out _));

        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal(expected, result.Errno);
        Assert.Equal(before, KernelState.Of(program));
        program.AssertNoReports();
    }

    [Theory]
    [InlineData("linux-6.8", Errno.EPERM)]
    [InlineData("linux-6.12", Errno.EPERM)]
    [InlineData(Kernel, Errno.ENOMEM)]
    public void Bind_ForeignGroupWithoutMemoryForTheObject_EarlierWins(string kernel, Errno expected)
    {
        var program = new UserProgram(kernel);
        program.Bind(group: "g");
        var device = AddMock(program);
        program.Fd = program.Open();
        var before = KernelState.Of(program);
        // the object is the second allocation of kernels that make the group first
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 2);

        var result = program.Run(() => DeviceBind.Bind(program.Context, device, out _));

        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal(expected, result.Errno);
        Assert.Equal(before, KernelState.Of(program));
    }

    [Theory]
    [InlineData("linux-6.12", "mock", "iommufd_hwpt_attach_device")]
    [InlineData(Kernel, "mock", $"{Attach} {Handle}")]
    [InlineData(Kernel, "intel-vtd", $"{Attach} {Msi} {Handle} {Vtd}")]
    public void Attach_NthAllocationFails_NothingIsLeftBehind(string kernel, string driver, string points) =>
        AssertPoints(
            kernel,
            points,
            program =>
            {
                var idev = program.Bind(driver);
                return (Idev: idev, Hwpt: program.PlainPaging(idev.Id, program.Ioas()));
            },
            (program, made) => program.Attach(made.Idev, made.Hwpt).Errno
        );

    [Theory]
    [InlineData("linux-6.12", "mock", "iommufd_hwpt_replace_device")]
    [InlineData(Kernel, "mock", "iommufd_hwpt_replace_device")]
    [InlineData(Kernel, "intel-vtd", $"{Msi} iommufd_hwpt_replace_device {Vtd}")]
    public void Replace_NthAllocationFails_NothingIsLeftBehind(string kernel, string driver, string points) =>
        AssertPoints(
            kernel,
            points,
            program =>
            {
                var idev = program.Bind(driver);
                program.Attach(idev, program.PlainPaging(idev.Id, program.Ioas()));
                return (Idev: idev, Hwpt: program.PlainPaging(idev.Id, program.Ioas()));
            },
            (program, made) => program.Replace(made.Idev, made.Hwpt).Errno
        );

    [Fact]
    public void Attach_SecondOfAGroup_NeedsNoMemory() =>
        AssertPoints(
            Kernel,
            "",
            program =>
            {
                var first = program.Bind(group: "g");
                var hwpt = program.PlainPaging(first.Id, program.Ioas());
                program.Attach(first, hwpt);
                return (Idev: program.Bind(group: "g"), Hwpt: hwpt);
            },
            (program, made) => program.Attach(made.Idev, made.Hwpt).Errno
        );

    [Fact]
    public void Attach_NestedWithCachedTranslations_TagsItAndItsParent() =>
        AssertPoints(
            Kernel,
            $"{Attach} {Msi} {Handle} {Vtd} {Tag} {Batch} {Tag} {Tag}",
            program =>
            {
                var idev = program.Bind("intel-vtd", settings: ("ats", "yes"));
                var parent = program.Paging(idev.Id, program.Ioas());
                return (Idev: idev, Hwpt: VtdNested(program, idev.Id, parent));
            },
            (program, made) => program.Attach(made.Idev, made.Hwpt).Errno
        );

    private static uint VtdNested(UserProgram program, uint idev, uint parent)
    {
        var stageOne = new byte[24];
        stageOne[16] = 48;
        program.Memory.Write(program.DataPlace, stageOne);
        return program.Must(
            program
                .New("HWPT_ALLOC")
                .With("dev_id", idev)
                .With("pt_id", parent)
                .With("data_type", HwptType.IOMMU_HWPT_DATA_VTD_S1)
                .With("data_len", (uint)stageOne.Length)
                .With("data_uptr", program.DataPlace),
            "out_hwpt_id"
        );
    }

    private static IommuSim.Iommu.IommuDevice AddMock(
        UserProgram program,
        params (string Name, string Value)[] settings
    ) =>
        program.Kernel.AddDevice(
            program.Kernel.FindDriver("mock")!,
            new IommuSim.Iommu.DeviceOptions("late", "g")
            {
                Settings = System.Collections.Immutable.ImmutableDictionary.CreateRange(
                    StringComparer.Ordinal,
                    settings.Select(s => KeyValuePair.Create(s.Name, s.Value))
                ),
            }
        );

    /// <summary>
    /// The call passes these points; when one fails it is ENOMEM and the state is as before.
    /// </summary>
    private static void AssertPoints<T>(
        string kernel,
        string points,
        Func<UserProgram, T> prepare,
        Func<UserProgram, T, Errno> call
    )
    {
        string[] expected = points.Length == 0 ? [] : points.Split(' ');
        for (var nth = 1; nth <= expected.Length + 1; nth++)
        {
            var program = new UserProgram(kernel);
            var prepared = prepare(program);
            var before = KernelState.Of(program);
            var source = new FailingSource(nth);
            program.Machine.Decisions.Use(source, [DecisionKind.Allocation]);

            var errno = call(program, prepared);

            program.Machine.Decisions.Use(source, []);
            var fails = nth <= expected.Length;
            Assert.Equal(fails ? Errno.ENOMEM : Errno.OK, errno);
            Assert.Equal(expected[..Math.Min(nth, expected.Length)], source.Sites.Take(nth));
            if (fails)
                Assert.Equal(before, KernelState.Of(program));
            program.AssertNoReports();
        }
    }

    /// <summary>Fails the nth point and keeps the names of all.</summary>
    private sealed class FailingSource(int nth) : IDecisionSource
    {
        public List<string> Sites { get; } = [];

        public int Next(int count, DecisionKind kind, string site)
        {
            Sites.Add(site);
            return Sites.Count == nth ? 1 : 0;
        }
    }
}
