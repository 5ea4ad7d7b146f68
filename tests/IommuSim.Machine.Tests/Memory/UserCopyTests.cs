using IommuSim.Machine.Memory;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Memory;

public sealed class UserCopyTests
{
    private const ulong Page = UserAddressSpace.PageSize;

    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly UserAddressSpace _user = new();
    private readonly ulong _end;

    public UserCopyTests()
    {
        _machine.Enter(new KernelTask("P0", _user));
        _end = _user.Map(Page, fill: 0x11) + Page;
    }

    [Fact]
    public void CopyFromUser_AllPresent_IsCopied()
    {
        var kernel = new byte[4];
        Assert.Equal(Errno.OK, _machine.CopyFromUser(kernel, _end - 4));
        Assert.Equal([0x11, 0x11, 0x11, 0x11], kernel);
        _machine.NoUnexpectedReports();
    }

    /// <summary>A copy of no bytes is no point at which a copy can fail, whether its page is at hand or not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Copies_OfNoBytes_CannotFail(bool isWritten)
    {
        if (isWritten)
            _user.Write(_end - 4, [1]);
        _machine.Decisions.Inject(DecisionKind.Copy, 1);
        Assert.Equal(Errno.OK, _machine.CopyFromUser(Span<byte>.Empty, _end - 4));
        Assert.Equal(Errno.OK, _machine.CopyToUser(_end - 4, []));
        Assert.Equal(0, _machine.Decisions.PointsPassed);
        Assert.Equal(Errno.EFAULT, _machine.CopyToUser(_end - 4, [2]));
        Assert.Equal(1, _machine.Decisions.PointsPassed);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyFromUser_EndAbsent_KeepsWhatWasReadAndZeroesTheRest()
    {
        byte[] kernel = [0xcc, 0xcc, 0xcc, 0xcc];
        Assert.Equal(Errno.EFAULT, _machine.CopyFromUser(kernel, _end - 2));
        Assert.Equal([0x11, 0x11, 0, 0], kernel);
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(UserAddressSpace.TaskSize)]
    [InlineData(UserAddressSpace.TaskSize - 1)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 1)]
    public void CopyFromUser_AddressOutsideUserSpace_ZeroesTheBuffer(ulong source)
    {
        byte[] kernel = [0xcc, 0xcc];
        Assert.Equal(Errno.EFAULT, _machine.CopyFromUser(kernel, source));
        Assert.Equal([0, 0], kernel);
        _machine.NoUnexpectedReports();
    }

    /// <summary>
    /// The kernel's copies answer the bytes left over, and of none there are none left.
    /// </summary>
    [Theory]
    [InlineData(0UL)]
    [InlineData(UserAddressSpace.TaskSize)]
    [InlineData(ulong.MaxValue)]
    public void Copies_NothingToCopy_AreFineAtAnyAddress(ulong address)
    {
        Assert.Equal(Errno.OK, _machine.CopyFromUser([], address));
        Assert.Equal(Errno.OK, _machine.CopyToUser(address, []));
        Assert.Equal(0UL, _machine.ClearUser(address, 0));
        Assert.Equal(Errno.OK, _machine.CopyStructFromUser(new byte[4], address, 0));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyToUser_EndAbsent_WritesUpToIt()
    {
        Assert.Equal(Errno.EFAULT, _machine.CopyToUser(_end - 2, [1, 2, 3]));
        var seen = new byte[2];
        _user.Read(_end - 2, seen);
        Assert.Equal([1, 2], seen);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyToUser_ReadOnlyPage_WritesNothing()
    {
        var page = _user.Map(Page, PageAccess.ReadOnly, fill: 5);
        Assert.Equal(Errno.EFAULT, _machine.CopyToUser(page, [1]));
        var seen = new byte[1];
        _user.Read(page, seen);
        Assert.Equal(5, seen[0]);
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyToUser_AddressWrapsAround_IsFault()
    {
        Assert.Equal(Errno.EFAULT, _machine.CopyToUser(ulong.MaxValue - 1, new byte[8]));
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(7, 3)]
    public void ClearUser_EndAbsent_AnswersTheBytesLeft(ulong length, ulong left)
    {
        Assert.Equal(left, _machine.ClearUser(_end - 4, length));
        Assert.Equal(ZeroScan.AllZero, _user.ScanForNonZero(_end - 4, 4));
        Assert.Equal(ZeroScan.NonZero, _user.ScanForNonZero(_end - 5, 1));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void ClearUser_AddressWrapsAround_AnswersTheWholeLength()
    {
        Assert.Equal(8UL, _machine.ClearUser(ulong.MaxValue - 1, 8));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void ClearUser_LengthBeyondUserSpace_AnswersTheWholeLength()
    {
        Assert.Equal(ulong.MaxValue, _machine.ClearUser(_end - 4, ulong.MaxValue));
        Assert.Equal(ZeroScan.NonZero, _user.ScanForNonZero(_end - 4, 4));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void Copies_InjectedFault_FailAlthoughThePageIsThere()
    {
        byte[] kernel = [0xcc];
        _machine.Decisions.Inject(DecisionKind.Copy, 1);
        Assert.Equal(Errno.EFAULT, _machine.CopyFromUser(kernel, _end - 4));
        Assert.Equal(0, kernel[0]);
        _machine.Decisions.Inject(DecisionKind.Copy, 1);
        Assert.Equal(Errno.EFAULT, _machine.CopyToUser(_end - 4, [1]));
        _machine.Decisions.Inject(DecisionKind.Copy, 1);
        Assert.Equal(4UL, _machine.ClearUser(_end - 4, 4));
        Assert.Equal(Errno.OK, _machine.CopyFromUser(kernel, _end - 4));
        Assert.Equal(0x11, kernel[0]);
        _machine.NoUnexpectedReports();
    }
}
