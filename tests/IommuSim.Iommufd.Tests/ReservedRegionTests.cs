using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>
/// A device's reserved ranges are holes in the IOAS that it is attached to, and only there.
/// </summary>
public sealed class ReservedRegionTests
{
    internal const string Whole = "1000000-7fffffff";
    internal const string WithHole = "1000000-1ffffff 2100000-7fffffff";

    private static readonly ReservedRegion s_hole = new(0x2000000, 0x20fffff, ReservedKind.Reserved);

    public static IEnumerable<TheoryDataRow<string>> Kernels() => Rows.Kernels();

    public static IEnumerable<TheoryDataRow<string>> Nesting() => Rows.KernelsWhere(t => t.MockNests);

    internal static IommufdDevice BindWithHole(UserProgram program) => program.Bind(reserved: [s_hole]);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Attach_DeviceWithHole_HoleComesAndGoes(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var keeper = program.MockDomain(ioas);
        var idev = BindWithHole(program);
        Assert.Equal(Whole, IovaRanges.Of(program, ioas));

        Assert.Equal(Errno.OK, program.Attach(idev, ioas).Errno);
        Assert.Equal(WithHole, IovaRanges.Of(program, ioas));
        program.Detach(idev);

        Assert.Equal(Whole, IovaRanges.Of(program, ioas));
        program.Expect(Errno.OK, program.Destroy(keeper.Stdev));
        Assert.Equal("0-ffffffffffffffff", IovaRanges.Of(program, ioas));
        Finish(program, idev);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Replace_ToAnotherIoas_HoleMoves(string kernel)
    {
        var program = new UserProgram(kernel);
        uint[] ioas = [program.Ioas(), program.Ioas()];
        foreach (var id in ioas)
            program.MockDomain(id);
        var idev = BindWithHole(program);
        program.Attach(idev, ioas[0]);

        Assert.Equal(Errno.OK, program.Replace(idev, ioas[1]).Errno);

        string[] expected = kernel == "v4" ? [WithHole, Whole] : [Whole, WithHole];
        Assert.Equal(expected, IovaRanges.OfEach(program, ioas));
        program.Detach(idev);
        program.Unbind(idev);
        program.Close();
        Assert.Equal(kernel == "v4" ? ["WARNING in iopt_destroy_table"] : Array.Empty<string>(), program.Titles());
    }

    [Theory]
    [MemberData(nameof(Nesting))]
    public void Replace_ParentByNestedInOneIoas_HoleStaysUntilNestedReservesNothing(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var idev = BindWithHole(program);
        var parent = program.Paging(idev.Id, ioas);
        var nested = program.Nested(idev.Id, parent);
        program.Attach(idev, parent);

        Assert.Equal(Errno.OK, program.Replace(idev, nested).Errno);
        var reservesNothing = kernel is "linux-6.7" or "linux-6.8";
        Assert.Equal(reservesNothing ? Whole : WithHole, IovaRanges.Of(program, ioas));
        Assert.Equal(Errno.OK, program.Replace(idev, parent).Errno);
        Assert.Equal(kernel == "v4" ? Whole : WithHole, IovaRanges.Of(program, ioas));

        program.Detach(idev);
        Assert.Equal(Whole, IovaRanges.Of(program, ioas));
        Finish(program, idev);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Attach_RelaxableRegion_IsNoHole(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var idev = program.Bind(reserved: [s_hole with { Kind = ReservedKind.DirectRelaxable }]);
        program.Attach(idev, ioas);
        Assert.Equal(Whole, IovaRanges.Of(program, ioas));
        program.Detach(idev);
        Finish(program, idev);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Attach_TwoSoftwareWindows_WarnsAndReservesNothing(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        program.MockDomain(ioas);
        ReservedRegion window = new(0x8000000, 0x80fffff, ReservedKind.SoftwareMsi);
        var idev = program.Bind(reserved: [window, window]);
        Assert.Equal(Errno.EINVAL, program.Attach(idev, ioas).Errno);
        Assert.Equal(Whole, IovaRanges.Of(program, ioas));
        Assert.All(program.Titles(), t => Assert.Equal("WARNING in iopt_table_enforce_dev_resv_regions", t));
        Assert.NotEmpty(program.Titles());
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AddReserved_ByTheSelftest_StaysUntilTheIoasGoes(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var request = program.NewTest("ADD_RESERVED").With("id", ioas).With("start", 0x1000).With("length", 0x1000);
        program.Expect(Errno.OK, request);
        Assert.Equal("0-fff 2000-ffffffffffffffff", IovaRanges.Of(program, ioas));
        program.Expect(Errno.OK, program.Destroy(ioas));
        program.AssertNoReports();
    }

    [Theory]
    [InlineData("linux-6.7")]
    [InlineData("linux-6.8")]
    public void Replace_NoMemoryForTheHole_NewIoasIsCleanOldKeepsItsHole(string kernel)
    {
        var program = new UserProgram(kernel);
        uint[] ioas = [program.Ioas(), program.Ioas()];
        var idev = BindWithHole(program);
        var target = program.Paging(idev.Id, ioas[1]);
        program.Attach(idev, ioas[0]);
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 1);

        Assert.Equal(Errno.ENOMEM, program.Replace(idev, target).Errno);

        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        Assert.Equal([WithHole, Whole], IovaRanges.OfEach(program, ioas));
        program.Detach(idev);
        Finish(program, idev);
    }

    private static void Finish(UserProgram program, IommufdDevice idev)
    {
        program.Unbind(idev);
        program.Close();
        program.AssertNoReports();
    }
}
