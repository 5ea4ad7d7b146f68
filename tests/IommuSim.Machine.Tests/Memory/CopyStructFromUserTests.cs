using IommuSim.Machine.Memory;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Memory;

/// <summary>
/// A kernel struct of 8 bytes and user structs that are shorter, equal and longer. The user struct
/// lies so that an absent page may follow it at any byte.
/// </summary>
public sealed class CopyStructFromUserTests
{
    private const int KernelSize = 8;
    private const byte Stale = 0xcc;

    private readonly KernelMachine _machine = new(BuildSwitches.Default);
    private readonly UserAddressSpace _user = new();
    private readonly ulong _end;

    public CopyStructFromUserTests()
    {
        _machine.Enter(new KernelTask("P0", _user));
        _end = _user.Map(UserAddressSpace.PageSize) + UserAddressSpace.PageSize;
    }

    /// <summary>
    /// Columns: case, the bytes before the absent page in hex, the size user space states, the
    /// errno, the kernel's bytes afterwards in hex.
    /// </summary>
    public static TheoryData<string, string, uint, Errno, string> Cases { get; } =
        new()
        {
            { "shorter: the rest is zero", "01020304", 4, Errno.OK, "0102030400000000" },
            { "empty: all is zero", "0102030405060708", 0, Errno.OK, "0000000000000000" },
            { "equal", "0102030405060708", 8, Errno.OK, "0102030405060708" },
            { "longer, zero tail", "01020304050607080000", 10, Errno.OK, "0102030405060708" },
            { "longer, set tail", "01020304050607080001", 10, Errno.E2BIG, "cccccccccccccccc" },
            { "tail absent", "0102030405060708", 9, Errno.EFAULT, "cccccccccccccccc" },
            { "tail half absent", "010203040506070800", 10, Errno.EFAULT, "cccccccccccccccc" },
            { "set before absent", "010203040506070801", 10, Errno.E2BIG, "cccccccccccccccc" },
            { "head half absent", "01020304", 8, Errno.EFAULT, "0102030400000000" },
            { "shorter, half absent", "0102", 4, Errno.EFAULT, "0102000000000000" },
            { "head absent, longer", "", 9, Errno.EFAULT, "cccccccccccccccc" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void CopyStructFromUser_SizesAndAbsentPages_AnswersInTheKernelsOrder(
        string why,
        string user,
        uint userSize,
        Errno expected,
        string kernelAfter
    )
    {
        var bytes = Convert.FromHexString(user);
        var source = _end - (ulong)bytes.Length;
        _user.Write(source, bytes);
        var kernel = Kernel();
        Assert.True(expected == _machine.CopyStructFromUser(kernel, source, userSize), why);
        Assert.Equal(kernelAfter, Convert.ToHexStringLower(kernel));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyStructFromUser_HeadAbsentAndTailSet_AnswersForTheTailFirst()
    {
        var hole = _user.Map(UserAddressSpace.PageSize, PageAccess.Absent);
        var tail = new ByteMemory();
        tail.Map(hole + UserAddressSpace.PageSize, 16, PageAccess.ReadWrite, fill: 1);
        _machine.Enter(new KernelTask("P1", tail));
        var source = hole + UserAddressSpace.PageSize - KernelSize;
        var kernel = Kernel();
        Assert.Equal(Errno.E2BIG, _machine.CopyStructFromUser(kernel, source, KernelSize + 1));
        Assert.All(kernel, b => Assert.Equal(Stale, b));
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(ulong.MaxValue - 3, 8)]
    [InlineData(ulong.MaxValue - 3, 16)]
    [InlineData(UserAddressSpace.TaskSize - 4, 8)]
    [InlineData(UserAddressSpace.TaskSize - 8, 16)]
    public void CopyStructFromUser_BeyondUserSpaceOrWrapping_IsFault(ulong source, uint userSize)
    {
        Assert.Equal(Errno.EFAULT, _machine.CopyStructFromUser(Kernel(), source, userSize));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyStructFromUser_LargestSizeOnZeroes_IsAccepted()
    {
        var source = _user.Map(uint.MaxValue);
        Assert.Equal(Errno.OK, _machine.CopyStructFromUser(Kernel(), source, uint.MaxValue));
        _machine.NoUnexpectedReports();
    }

    [Fact]
    public void CopyStructFromUser_LargestSizeOnOnePage_IsFault()
    {
        var source = _end - UserAddressSpace.PageSize;
        Assert.Equal(Errno.EFAULT, _machine.CopyStructFromUser(Kernel(), source, uint.MaxValue));
        _machine.NoUnexpectedReports();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void CopyStructFromUser_FaultInjectedInScanOrCopy_IsFault(int nth)
    {
        _machine.Decisions.Inject(DecisionKind.Copy, nth);
        Assert.Equal(Errno.EFAULT, _machine.CopyStructFromUser(Kernel(), _end - 16, 16));
        Assert.Equal(nth, _machine.Decisions.PointsPassed);
        _machine.NoUnexpectedReports();
    }

    private static byte[] Kernel()
    {
        var kernel = new byte[KernelSize];
        kernel.AsSpan().Fill(Stale);
        return kernel;
    }
}
