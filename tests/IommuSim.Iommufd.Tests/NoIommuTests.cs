using IommuSim.Iommu;
using IommuSim.Iommufd.Tests.Mappings;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>Devices without an IOMMU, and where their memory is.</summary>
public sealed class NoIommuTests
{
    private const ulong Iova = MapProgram.ApertureStart;
    private const ulong Page = MapProgram.PageSize;

    private static readonly BuildSwitches s_build = BuildSwitches.Default with { IommufdNoiommu = true };

    /// <summary>In the order in which iommufd_ioas_noiommu_get_pa() and iopt_get_phys() look.</summary>
    private static readonly (string Name, Errno Errno, Action<UserProgram, Request> Provoke)[] s_causes =
    [
        ("no right", Errno.EPERM, static (program, _) => program.Task.MayDoRawIo = false),
        ("a flag", Errno.EOPNOTSUPP, static (_, request) => request["flags"] = 1),
        ("no length", Errno.EINVAL, static (_, request) => request["length"] = 0),
        ("the last address", Errno.EOVERFLOW, static (_, request) => request["iova"] = ulong.MaxValue),
        ("no such IOAS", Errno.ENOENT, static (_, request) => request["ioas_id"] = 999),
        ("nothing mapped", Errno.ENOENT, static (_, request) => request["iova"] = Iova + Page),
    ];

    private readonly UserProgram _program = new("linux-7.3", s_build);

    public static IEnumerable<TheoryDataRow<int, int>> Pairs() =>
        from winner in Enumerable.Range(0, s_causes.Length)
        from loser in Enumerable.Range(winner, s_causes.Length - winner)
        where (s_causes[winner].Name, s_causes[loser].Name) != ("the last address", "nothing mapped")
        select new TheoryDataRow<int, int>(winner, loser);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void GetPa_TwoErrors_EarlierWins(int winner, int loser)
    {
        var request = Mapped(_program.Bind("noiommu"));
        s_causes[loser].Provoke(_program, request);
        s_causes[winner].Provoke(_program, request);

        _program.Expect(s_causes[winner].Errno, request);
        _program.AssertNoReports();
    }

    [Fact]
    public void GetPa_KernelWithoutTheOption_RefusesWhateverIsAsked()
    {
        var program = new UserProgram("linux-7.3");
        var request = program.New("IOAS_NOIOMMU_GET_PA").With("ioas_id", program.Ioas());
        program.Task.MayDoRawIo = false;

        program.Expect(Errno.EOPNOTSUPP, request);
    }

    [Fact]
    public void AddDevice_WithAGroup_IsRefused()
    {
        var options = new DeviceOptions("dev0", "group0");

        Assert.False(_program.Kernel.TryAddDevice("noiommu", options, out _, out var error));
        Assert.Equal("a device of 'noiommu' has no group and reserves nothing; leave out group= and reserved=", error);
    }

    [Fact]
    public void Bind_TwoDevicesOfOneName_HaveGroupsOfTheirOwn()
    {
        var (one, two) = (_program.Bind("noiommu", group: "same"), _program.Bind("noiommu", group: "same"));
        var (first, second) = (_program.Ioas(), _program.Ioas());

        Assert.True(_program.Attach(one, first).Succeeded);
        Assert.True(_program.Attach(two, second).Succeeded);

        Assert.NotEqual(one.Group.Hwpt!.Id, two.Group.Hwpt!.Id);
        Assert.NotSame(one.Group, two.Group);
        End(one, two);
    }

    [Fact]
    public void Attach_NoMemoryAnywhere_LeavesNothing()
    {
        var idev = _program.Bind("noiommu");
        var ioas = _program.Ioas();
        for (var nth = 1; ; nth++)
        {
            _program.Machine.Decisions.Inject(DecisionKind.Allocation, nth);
            var result = _program.Attach(idev, ioas);
            _program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
            if (result.Succeeded)
                break;
            Assert.Equal(Errno.ENOMEM, result.Errno);
            Assert.Null(idev.Group.Hwpt);
        }

        End(idev);
    }

    private Request Mapped(IommufdDevice idev)
    {
        var ioas = _program.Ioas();
        Assert.True(_program.Attach(idev, ioas).Succeeded);
        _program.Expect(Errno.OK, _program.MapAt(ioas, Iova, _program.Memory.Map(Page), Page));
        return _program.New("IOAS_NOIOMMU_GET_PA").With("ioas_id", ioas).With("iova", Iova).With("length", 1);
    }

    private void End(params IommufdDevice[] devices)
    {
        foreach (var idev in devices)
        {
            _program.Detach(idev);
            _program.Unbind(idev);
        }

        _program.Finish();
    }
}
