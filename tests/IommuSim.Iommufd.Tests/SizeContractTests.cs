using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>
/// The promise of every row: short is refused, long is accepted while it says nothing.
/// </summary>
public sealed class SizeContractTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Modelled() => Rows.Ioctls(modelled: true);

    public static IEnumerable<TheoryDataRow<string, string>> Missing() => Rows.Ioctls(modelled: false);

    [Theory]
    [MemberData(nameof(Modelled))]
    public void Ioctl_SizeBelowMinimum_Invalid(string kernel, string ioctl)
    {
        var (program, request) = Make(kernel, ioctl);
        request["size"] = (ulong)program.Kernel.Spec.Ioctls.First(r => r.Name == ioctl).MinSize - 1;
        program.Expect(Errno.EINVAL, request);
        request["size"] = 0;
        program.Expect(Errno.EINVAL, request);
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Modelled))]
    public void Ioctl_NonZeroByteBehindStruct_TooBig(string kernel, string ioctl)
    {
        var (program, request) = Make(kernel, ioctl);
        program.Expect(Errno.E2BIG, request.WithTail(0xff));
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Modelled))]
    public void Ioctl_ZeroByteBehindStruct_SameAnswer(string kernel, string ioctl)
    {
        var (exactProgram, exact) = Make(kernel, ioctl);
        var (program, request) = Make(kernel, ioctl);
        var expected = exactProgram.Call(exact);

        Assert.Equal(expected, program.Call(request.WithTail(0)));

        Assert.Equal(exact.Bytes[4..], request.Bytes[4..^1]);
        Assert.Equal(0, request.Bytes[^1]);
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Modelled))]
    public void Ioctl_MinimumSize_AnswersNoMoreThanThat(string kernel, string ioctl)
    {
        var (exactProgram, exact) = Make(kernel, ioctl);
        var (program, request) = Make(kernel, ioctl);
        var expected = exactProgram.Call(exact);
        var minimum = program.Kernel.Spec.Ioctls.First(r => r.Name == ioctl).MinSize;
        request.Bytes.AsSpan(minimum).Fill(0xee);
        request["size"] = (ulong)minimum;

        Assert.Equal(expected, program.Call(request));

        Assert.All(request.Bytes[minimum..], b => Assert.Equal(0xee, b));
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Missing))]
    public void Ioctl_NotModelled_NotATypewriterWhateverTheSize(string kernel, string ioctl)
    {
        var program = new UserProgram(kernel);
        var row = program.Kernel.Spec.Ioctls.First(r => r.Name == ioctl);
        Assert.Equal(Support.NotModelled, row.Support);
        var request = IoctlNumber.Request(row.Nr);
        Assert.Equal(Errno.EFAULT, program.Kernel.Ioctl(program.Task, program.Fd, request, 0).Errno);
        foreach (var size in (byte[])[0, 8, 255])
        {
            program.Memory.Write(program.Place, [size, 0, 0, 0]);
            var result = program.Kernel.Ioctl(program.Task, program.Fd, request, program.Place);
            Assert.Equal(Errno.ENOTTY, result.Errno);
        }

        program.AssertNoReports();
    }

    private static (UserProgram Program, Request Request) Make(string kernel, string ioctl)
    {
        var program = new UserProgram(kernel);
        var row = program.Kernel.Spec.Ioctls.First(r => r.Name == ioctl);
        return (program, new Request(row, row.Struct!));
    }
}
